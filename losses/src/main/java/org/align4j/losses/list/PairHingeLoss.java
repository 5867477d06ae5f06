package org.align4j.losses.list;

import org.align4j.losses.internal.Checks;

/**
 * Hinge loss of every ordered pair of a list:
 *
 * <pre>
 *   L = Σ_{ψ_i &gt; ψ_j} max(0, 1 − (s_i − s_j))
 *   ∂L/∂s_i = −#{j: ψ_j &lt; ψ_i, s_i − s_j &lt; 1} + #{j: ψ_j &gt; ψ_i, s_j − s_i &lt; 1}
 * </pre>
 *
 * <p>With K = 2 it is the hinge loss on normalised log-ratios (SLiC_norm) with γ = β. Liu et al.,
 * <a href="https://arxiv.org/abs/2402.01878">LiPO</a> (2024).
 *
 * @param beta scale of the scores, &gt; 0, default 0.05
 */
public record PairHingeLoss(double beta) implements ListLoss {

    public PairHingeLoss {
        Checks.positive("pair_hinge", "beta", beta);
    }

    /** β = 0.05. */
    public PairHingeLoss() {
        this(DEFAULT_BETA);
    }

    @Override
    public String name() {
        return "pair_hinge";
    }

    @Override
    public double value(double[] scores, double[] labels, double[] gradient) {
        double loss = 0;
        for (int i = 0; i < scores.length; i++) {
            for (int j = 0; j < scores.length; j++) {
                double gap = 1 - (scores[i] - scores[j]);
                if (labels[i] > labels[j] && gap > 0) {
                    loss += gap;
                    gradient[i] -= 1;
                    gradient[j] += 1;
                }
            }
        }
        return loss;
    }
}
