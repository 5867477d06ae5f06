package org.align4j.losses.list;

import org.align4j.losses.internal.Checks;

/**
 * Logistic loss of every ordered pair of a list (RankNet; Plackett–Luce for K = 2):
 *
 * <pre>
 *   L = −Σ_{ψ_i &gt; ψ_j} log σ(s_i − s_j)
 *   ∂L/∂s_i = −Σ_{j: ψ_j &lt; ψ_i} σ(s_j − s_i) + Σ_{j: ψ_j &gt; ψ_i} σ(s_i − s_j)
 * </pre>
 *
 * <p>With K = 2 it is DPO with the same β. Liu et al., <a href="https://arxiv.org/abs/2402.01878">LiPO</a> (2024), there DPO_BT.
 *
 * @param beta scale of the scores, &gt; 0, default 0.05
 */
public record PairLogisticLoss(double beta) implements ListLoss {

    public PairLogisticLoss {
        Checks.positive("pair_logistic", "beta", beta);
    }

    /** β = 0.05. */
    public PairLogisticLoss() {
        this(DEFAULT_BETA);
    }

    @Override
    public String name() {
        return "pair_logistic";
    }

    @Override
    public double value(double[] scores, double[] labels, double[] gradient) {
        return Lists.logistic(scores, labels, gradient, (i, j) -> 1);
    }
}
