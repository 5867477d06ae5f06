package org.align4j.losses.list;

import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.Softmax;

/**
 * Cross entropy of the softmax of the scores against the softmax of the labels:
 *
 * <pre>
 *   L = −Σ_i softmax(ψ)_i·log softmax(s)_i
 *   ∂L/∂s_i = softmax(s)_i − softmax(ψ)_i
 * </pre>
 *
 * <p>Cao et al., <a href="https://doi.org/10.1145/1273496.1273513">Learning to Rank: From Pairwise Approach to Listwise Approach</a> (2007). LiPO's
 * loss of that family takes the labels themselves for the target: {@link SoftmaxLoss}.
 *
 * @param beta scale of the scores, &gt; 0, default 0.05
 */
public record ListNetLoss(double beta) implements ListLoss {

    public ListNetLoss {
        Checks.positive("listnet", "beta", beta);
    }

    /** β = 0.05. */
    public ListNetLoss() {
        this(DEFAULT_BETA);
    }

    @Override
    public String name() {
        return "listnet";
    }

    @Override
    public double value(double[] scores, double[] labels, double[] gradient) {
        return Softmax.crossEntropy(scores, Softmax.of(labels), gradient);
    }
}
