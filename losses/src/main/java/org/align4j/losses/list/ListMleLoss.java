package org.align4j.losses.list;

import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.PlackettLuce;

/**
 * Likelihood of the labelled order under the model of Plackett and Luce. With τ(k) the response with the k-th highest label:
 *
 * <pre>
 *   L = −Σ_k [s_τ(k) − log Σ_{j ≥ k} e^{s_τ(j)}]
 *   ∂L/∂s_τ(j) = Σ_{k ≤ j} e^{s_τ(j)} / Σ_{i ≥ k} e^{s_τ(i)} − 1
 * </pre>
 *
 * <p>Equal labels stand in the order of their indices. With K = 2 it is DPO with the same β. Xia et al.,
 * <a href="https://doi.org/10.1145/1390156.1390306">Listwise Approach to Learning to Rank: Theory and Algorithm</a> (2008); for language models
 * DPO_PL of Rafailov et al., <a href="https://arxiv.org/abs/2305.18290">DPO</a> (2023), and Song et al.,
 * <a href="https://arxiv.org/abs/2306.17492">Preference Ranking Optimization</a> (2023).
 *
 * @param beta scale of the scores, &gt; 0, default 0.05
 */
public record ListMleLoss(double beta) implements ListLoss {

    public ListMleLoss {
        Checks.positive("list_mle", "beta", beta);
    }

    /** β = 0.05. */
    public ListMleLoss() {
        this(DEFAULT_BETA);
    }

    @Override
    public String name() {
        return "list_mle";
    }

    @Override
    public double value(double[] scores, double[] labels, double[] gradient) {
        return PlackettLuce.negativeLogLikelihood(scores, PlackettLuce.decreasing(labels), gradient);
    }
}
