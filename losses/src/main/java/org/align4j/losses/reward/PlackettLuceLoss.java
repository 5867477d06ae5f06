package org.align4j.losses.reward;

import org.align4j.losses.internal.PlackettLuce;

/**
 * Likelihood of the labelled order of K responses under the model of Plackett and Luce, the Bradley–Terry loss for lists. With τ(k) the response
 * with the k-th highest label (equal labels in the order of their indices):
 *
 * <pre>
 *   L = −Σ_k [r_τ(k) − log Σ_{j ≥ k} e^{r_τ(j)}]
 *   ∂L/∂r_τ(j) = Σ_{k ≤ j} e^{r_τ(j)} / Σ_{i ≥ k} e^{r_τ(i)} − 1
 * </pre>
 *
 * <p>Xia et al., <a href="https://doi.org/10.1145/1390156.1390306">Listwise Approach to Learning to Rank: Theory and Algorithm</a> (2008); for
 * reward models Zhu et al., <a href="https://arxiv.org/abs/2301.11270">Principled Reinforcement Learning with Human Feedback from Pairwise or
 * K-wise Comparisons</a> (2023).
 */
public record PlackettLuceLoss() implements ListRewardLoss {

    @Override
    public String name() {
        return "plackett_luce";
    }

    @Override
    public double value(double[] rewards, double[] labels, double[] gradient) {
        return PlackettLuce.negativeLogLikelihood(rewards, PlackettLuce.decreasing(labels), gradient);
    }
}
