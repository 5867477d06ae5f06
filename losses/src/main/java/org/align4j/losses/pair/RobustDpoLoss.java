package org.align4j.losses.pair;

import org.align4j.losses.internal.Checks;

/**
 * Robust DPO: the DPO loss made unbiased under labels flipped at a known rate ε.
 *
 * <pre>
 *   L = [−(1−ε)·log σ(βh) + ε·log σ(−βh)] / (1−2ε),   h = d_w − d_l
 *   ∂L/∂log π(y_w) = −β·[(1−ε)·σ(−βh) + ε·σ(βh)] / (1−2ε) = −∂L/∂log π(y_l)
 * </pre>
 *
 * <p>Unlike conservative DPO ({@link DpoLoss} with smoothing) the flipped term is subtracted, so the loss may be negative and never pulls back.
 * Ray Chowdhury, Kini, Natarajan, <a href="https://arxiv.org/abs/2403.00409">Provably Robust DPO: Aligning Language Models with Noisy Feedback</a> (2024).
 *
 * @param beta           β &gt; 0, strength of the pull to the reference; default 0.1
 * @param labelSmoothing ε in [0, 0.5), the rate of flipped labels; default 0.1
 */
public record RobustDpoLoss(double beta, double labelSmoothing) implements PairLoss {

    public RobustDpoLoss {
        Checks.positive("robust_dpo", "beta", beta);
        Checks.smoothing("robust_dpo", labelSmoothing);
    }

    /** β = 0.1, ε = 0.1. */
    public RobustDpoLoss() {
        this(0.1, 0.1);
    }

    @Override
    public String name() {
        return "robust_dpo";
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    @Override
    public Pair.Value of(Pair pair) {
        double z = beta * pair.margin();
        Curve kept = Curve.logistic(z);
        Curve flipped = Curve.logistic(-z);
        double scale = 1 / (1 - 2 * labelSmoothing);
        return Pair.Value.ofDifference(scale * ((1 - labelSmoothing) * kept.value() - labelSmoothing * flipped.value()),
                scale * beta * ((1 - labelSmoothing) * kept.slope() + labelSmoothing * flipped.slope()));
    }
}
