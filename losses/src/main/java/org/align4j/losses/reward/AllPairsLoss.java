package org.align4j.losses.reward;

import org.align4j.losses.internal.LogSigmoid;

/**
 * The Bradley–Terry loss of all pairs of a list, as a mean over its P pairs with unequal labels:
 *
 * <pre>
 *   L = −(1/P)·Σ_{ψ_i &gt; ψ_j} log σ(r_i − r_j)
 *   ∂L/∂r_i = (1/P)·[−Σ_{j: ψ_j &lt; ψ_i} σ(r_j − r_i) + Σ_{j: ψ_j &gt; ψ_i} σ(r_i − r_j)]
 * </pre>
 *
 * <p>A list without such a pair has loss 0. Ouyang et al., <a href="https://arxiv.org/abs/2203.02155">Training Language Models to Follow
 * Instructions with Human Feedback</a> (2022), who found that training on the pairs one by one overfits to responses that come back.
 */
public record AllPairsLoss() implements ListRewardLoss {

    @Override
    public String name() {
        return "all_pairs";
    }

    @Override
    public double value(double[] rewards, double[] labels, double[] gradient) {
        int pairs = 0;
        for (double a : labels) {
            for (double b : labels) {
                pairs += a > b ? 1 : 0;
            }
        }
        double loss = 0;
        for (int i = 0; i < rewards.length; i++) {
            for (int j = 0; j < rewards.length; j++) {
                if (labels[i] > labels[j]) {
                    double z = rewards[i] - rewards[j];
                    double g = LogSigmoid.sigmoid(-z) / pairs;
                    loss += LogSigmoid.softplus(-z) / pairs;
                    gradient[i] -= g;
                    gradient[j] += g;
                }
            }
        }
        return loss;
    }
}
