package org.align4j.losses.list;

import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/**
 * Binary cross entropy of σ(score) against the label, response by response:
 *
 * <pre>
 *   L = −Σ_i [ψ_i·log σ(s_i) + (1−ψ_i)·log σ(−s_i)]
 *   ∂L/∂s_i = σ(s_i) − ψ_i
 * </pre>
 *
 * <p>Labels are in [0, 1]. Liu et al., <a href="https://arxiv.org/abs/2402.01878">LiPO</a> (2024).
 *
 * @param beta scale of the scores, &gt; 0, default 0.05
 */
public record PointSigmoidLoss(double beta) implements ListLoss {

    public PointSigmoidLoss {
        Checks.positive("point_sigmoid", "beta", beta);
    }

    /** β = 0.05. */
    public PointSigmoidLoss() {
        this(DEFAULT_BETA);
    }

    @Override
    public String name() {
        return "point_sigmoid";
    }

    @Override
    public double value(double[] scores, double[] labels, double[] gradient) {
        double loss = 0;
        for (int i = 0; i < scores.length; i++) {
            double p = labels[i];
            if (!(p >= 0 && p <= 1)) {
                throw new IllegalArgumentException(name() + ": label " + i + " is " + p + ", required is a number in [0, 1]");
            }
            loss += p * LogSigmoid.softplus(-scores[i]) + (1 - p) * LogSigmoid.softplus(scores[i]);
            gradient[i] += (1 - p) * LogSigmoid.sigmoid(scores[i]) - p * LogSigmoid.sigmoid(-scores[i]);
        }
        return loss;
    }
}
