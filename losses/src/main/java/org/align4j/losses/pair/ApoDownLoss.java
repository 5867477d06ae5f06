package org.align4j.losses.pair;

import org.align4j.losses.internal.Checks;

/**
 * Anchored preference optimization, down: chosen responses become less likely too, but less so than rejected ones.
 *
 * <pre>
 *   a = β·d_w,   z = βh,   h = d_w − d_l
 *   L = σ(a) + 1 − σ(z)
 *   ∂L/∂log π(y_w) = β·[σ(a)·σ(−a) − σ(z)·σ(−z)],   ∂L/∂log π(y_l) = β·σ(z)·σ(−z)
 * </pre>
 *
 * <p>For chosen responses that are worse than what the model writes.
 * D'Oosterlinck et al., <a href="https://arxiv.org/abs/2408.06266">Anchored Preference Optimization and Contrastive Revisions</a> (2024).
 *
 * @param beta β &gt; 0, strength of the pull to the reference; default 0.1
 */
public record ApoDownLoss(double beta) implements PairLoss {

    public ApoDownLoss {
        Checks.positive("apo_down", "beta", beta);
    }

    /** β = 0.1. */
    public ApoDownLoss() {
        this(0.1);
    }

    @Override
    public String name() {
        return "apo_down";
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    @Override
    public Pair.Value of(Pair pair) {
        Curve chosen = Curve.sigmoid(beta * pair.chosenRatio());
        Curve missed = Curve.sigmoid(-beta * pair.margin());
        return new Pair.Value(chosen.value() + missed.value(), beta * (chosen.slope() - missed.slope()), beta * missed.slope());
    }
}
