package org.align4j.losses.list;

import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.PlackettLuce;

/**
 * Pairwise logistic loss, each pair weighted by what swapping the two would change of the discounted cumulative gain:
 *
 * <pre>
 *   L = −Σ_{ψ_i &gt; ψ_j} Δ_ij·log σ(s_i − s_j)
 *   Δ_ij = |G_i − G_j|·|1/D(rank_i) − 1/D(rank_j)|,   G = 2^ψ − 1,   D(rank) = log(1 + rank)
 *   ∂L/∂s_i = −Σ_{j: ψ_j &lt; ψ_i} Δ_ij·σ(s_j − s_i) + Σ_{j: ψ_j &gt; ψ_i} Δ_ij·σ(s_i − s_j)
 * </pre>
 *
 * <p>Ranks (1 is best) are those of the current scores, of equal ones in the order of their indices, and anew at every evaluation; no gradient
 * flows through Δ. The discount's base only scales the loss, and with it the effective learning rate: in natural logarithms it is 1/ln 2 ≈ 1.44
 * times that in base 2. Liu et al., <a href="https://arxiv.org/abs/2402.01878">LiPO</a> (2024), there LiPO-λ; after Wang et al.,
 * <a href="https://doi.org/10.1145/3269206.3271784">The LambdaLoss Framework for Ranking Metric Optimization</a> (2018).
 *
 * @param beta     scale of the scores, &gt; 0, default 0.05
 * @param discount base of the discount's logarithm, default {@link Discount#LOG2}
 */
public record LambdaLoss(double beta, Discount discount) implements ListLoss {

    /** D(rank). */
    public enum Discount {
        /** log₂(1 + rank), as in DCG. */
        LOG2,
        /** ln(1 + rank). */
        LN;

        double of(int rank) {
            return this == LN ? Math.log1p(rank) : Math.log1p(rank) / Math.log(2);
        }
    }

    public LambdaLoss {
        Checks.positive("lambda", "beta", beta);
        Checks.given("lambda", "discount", discount);
    }

    /** β = 0.05. */
    public LambdaLoss() {
        this(DEFAULT_BETA, Discount.LOG2);
    }

    @Override
    public String name() {
        return "lambda";
    }

    @Override
    public double value(double[] scores, double[] labels, double[] gradient) {
        int[] order = PlackettLuce.decreasing(scores);
        double[] gain = new double[labels.length];
        double[] discounted = new double[labels.length];
        for (int k = 0; k < order.length; k++) {
            gain[k] = Math.pow(2, labels[k]) - 1;
            discounted[order[k]] = 1 / discount.of(k + 1);
        }
        return Lists.logistic(scores, labels, gradient, (i, j) -> Math.abs(gain[i] - gain[j]) * Math.abs(discounted[i] - discounted[j]));
    }
}
