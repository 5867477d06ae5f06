package org.align4j.losses.pair;

import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * Margin DPO: the reward difference is asked to exceed the difference of the scores.
 *
 * <pre>
 *   L = −log σ(βh − m),   h = d_w − d_l,   m = score(y_w) − score(y_l)
 *   ∂L/∂log π(y_w) = −β·σ(m − βh) = −∂L/∂log π(y_l)
 * </pre>
 *
 * <p>A pair whose chosen response scores lower is refused. The form is that of the margin Bradley-Terry loss of
 * Wang et al., <a href="https://arxiv.org/abs/2410.01257">HelpSteer2-Preference: Complementing Ratings with Preferences</a> (2024), and of
 * Amini et al., <a href="https://arxiv.org/abs/2402.10571">Direct Preference Optimization with an Offset</a> (2024).
 *
 * @param beta β &gt; 0, strength of the pull to the reference; default 0.1
 */
public record MarginDpoLoss(double beta) implements PairLoss {

    public MarginDpoLoss {
        Checks.positive("margin_dpo", "beta", beta);
    }

    /** β = 0.1. */
    public MarginDpoLoss() {
        this(0.1);
    }

    @Override
    public String name() {
        return "margin_dpo";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.PAIR, Needs.Reduction.SUM, Needs.Extra.REFERENCE, Needs.Extra.SCORES);
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    @Override
    public Pair.Value of(Pair pair) {
        Curve c = Curve.logistic(beta * pair.margin() - pair.strength()).of(beta);
        return Pair.Value.ofDifference(c.value(), c.slope());
    }
}
