package org.align4j.losses.list;

import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.Softmax;

/**
 * Cross entropy of the softmax of the scores against the labels:
 *
 * <pre>
 *   L = −Σ_i p_i·log softmax(s)_i,   p_i = ψ_i / Σ_j ψ_j, or ψ_i where they are not normalised
 *   ∂L/∂s_i = (Σ_j p_j)·softmax(s)_i − p_i
 * </pre>
 *
 * <p>Labels are at least 0; normalised ones need a positive sum. Liu et al., <a href="https://arxiv.org/abs/2402.01878">LiPO</a> (2024), there
 * ListNet or NCE.
 *
 * @param beta       scale of the scores, &gt; 0, default 0.05
 * @param normalised whether a list's labels are divided by their sum, default true; without it lists with higher labels weigh more
 */
public record SoftmaxLoss(double beta, boolean normalised) implements ListLoss {

    public SoftmaxLoss {
        Checks.positive("softmax", "beta", beta);
    }

    /** Normalised labels. */
    public SoftmaxLoss(double beta) {
        this(beta, true);
    }

    /** β = 0.05. */
    public SoftmaxLoss() {
        this(DEFAULT_BETA);
    }

    @Override
    public String name() {
        return "softmax";
    }

    @Override
    public double value(double[] scores, double[] labels, double[] gradient) {
        double total = 0;
        for (int i = 0; i < labels.length; i++) {
            if (!(labels[i] >= 0)) {
                throw new IllegalArgumentException(name() + ": label " + i + " is " + labels[i] + ", required is a number of at least 0");
            }
            total += labels[i];
        }
        if (normalised && total == 0) {
            throw new IllegalArgumentException(name() + ": all labels are 0, required is at least one above 0 to be normalised by their sum");
        }
        double[] p = labels.clone();
        for (int i = 0; normalised && i < p.length; i++) {
            p[i] /= total;
        }
        return Softmax.crossEntropy(scores, p, gradient);
    }
}
