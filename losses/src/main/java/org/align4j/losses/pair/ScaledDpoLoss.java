package org.align4j.losses.pair;

import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * Scaled DPO: a pair weighs as much as its preference is strong.
 *
 * <pre>
 *   L = −m·log σ(βh),   h = d_w − d_l,   m = score(y_w) − score(y_l)
 *   ∂L/∂log π(y_w) = −m·β·σ(−βh) = −∂L/∂log π(y_l)
 * </pre>
 *
 * <p>A pair with equal scores counts for nothing; one whose chosen response scores lower is refused. The form is that of the scaled Bradley-Terry loss of
 * Wang et al., <a href="https://arxiv.org/abs/2410.01257">HelpSteer2-Preference: Complementing Ratings with Preferences</a> (2024), where m is 1, 2 or 3.
 *
 * @param beta β &gt; 0, strength of the pull to the reference; default 0.1
 */
public record ScaledDpoLoss(double beta) implements PairLoss {

    public ScaledDpoLoss {
        Checks.positive("scaled_dpo", "beta", beta);
    }

    /** β = 0.1. */
    public ScaledDpoLoss() {
        this(0.1);
    }

    @Override
    public String name() {
        return "scaled_dpo";
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
        Curve c = Shape.SIGMOID.of(pair.margin(), beta, 0);
        return Pair.Value.ofDifference(pair.strength() * c.value(), pair.strength() * c.slope());
    }
}
