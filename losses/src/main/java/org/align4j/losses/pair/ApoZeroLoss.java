package org.align4j.losses.pair;

import org.align4j.losses.internal.Checks;

/**
 * Anchored preference optimization, zero: chosen responses become likelier, rejected ones less likely, each measured from the reference.
 *
 * <pre>
 *   a = β·d_w,   b = β·d_l
 *   L = 1 − σ(a) + σ(b)
 *   ∂L/∂log π(y_w) = −β·σ(a)·σ(−a),   ∂L/∂log π(y_l) = β·σ(b)·σ(−b)
 * </pre>
 *
 * <p>For chosen responses that are better than what the model writes.
 * D'Oosterlinck et al., <a href="https://arxiv.org/abs/2408.06266">Anchored Preference Optimization and Contrastive Revisions</a> (2024).
 *
 * @param beta β &gt; 0, strength of the pull to the reference; default 0.1
 */
public record ApoZeroLoss(double beta) implements PairLoss {

    public ApoZeroLoss {
        Checks.positive("apo_zero", "beta", beta);
    }

    /** β = 0.1. */
    public ApoZeroLoss() {
        this(0.1);
    }

    @Override
    public String name() {
        return "apo_zero";
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    @Override
    public Pair.Value of(Pair pair) {
        Curve missed = Curve.sigmoid(-beta * pair.chosenRatio());
        Curve rejected = Curve.sigmoid(beta * pair.rejectedRatio());
        return new Pair.Value(missed.value() + rejected.value(), -beta * missed.slope(), beta * rejected.slope());
    }
}
