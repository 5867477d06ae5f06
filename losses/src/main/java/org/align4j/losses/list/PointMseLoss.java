package org.align4j.losses.list;

import org.align4j.losses.internal.Checks;

/**
 * Squared distance of every score to its label:
 *
 * <pre>  L = Σ_i (ψ_i − s_i)²      ∂L/∂s_i = 2·(s_i − ψ_i)</pre>
 *
 * <p>Liu et al., <a href="https://arxiv.org/abs/2402.01878">LiPO</a> (2024).
 *
 * @param beta scale of the scores, &gt; 0, default 0.05
 */
public record PointMseLoss(double beta) implements ListLoss {

    public PointMseLoss {
        Checks.positive("point_mse", "beta", beta);
    }

    /** β = 0.05. */
    public PointMseLoss() {
        this(DEFAULT_BETA);
    }

    @Override
    public String name() {
        return "point_mse";
    }

    @Override
    public double value(double[] scores, double[] labels, double[] gradient) {
        double loss = 0;
        for (int i = 0; i < scores.length; i++) {
            double d = scores[i] - labels[i];
            loss += d * d;
            gradient[i] += 2 * d;
        }
        return loss;
    }
}
