package org.align4j.losses.policy;

import org.align4j.losses.internal.Checks;

/**
 * The entropy term of policy-gradient objectives: a policy that keeps its options open pays less.
 *
 * <pre>  L = −c·H_t      ∂L/∂H_t = −c      H_t = −Σ_v π(v)·log π(v) at token t, in nats </pre>
 *
 * <p>Williams and Peng (1991); in PPO: Schulman et al., <a href="https://arxiv.org/abs/1707.06347">Proximal Policy Optimization Algorithms</a> (2017).
 * The gradient is with respect to the entropies; whoever computed them carries it on. Metric: {@code policy/entropy_avg}, mean over tokens.
 *
 * @param coefficient c &ge; 0; 0.01 in the PPO paper, 0 in TRL
 * @param aggregation how tokens are put together
 */
public record EntropyBonus(double coefficient, Aggregation aggregation) {
    public EntropyBonus {
        Checks.notNegative("entropy", "coefficient", coefficient);
    }

    /** c = 0.01, mean over tokens. */
    public EntropyBonus() {
        this(0.01, new Aggregation.TokenMean());
    }

    /** Evaluates a whole batch. */
    public PolicyEvaluation evaluate(double[][] entropies) {
        Ragged.check("entropy", "entropies", entropies);
        return evaluate(entropies, Counts.of(entropies));
    }

    /** Evaluates a part of a batch, given the counts of the whole. */
    public PolicyEvaluation evaluate(double[][] entropies, Counts batch) {
        Ragged.check("entropy", "entropies", entropies);
        double loss = 0;
        double[][] gradients = Ragged.zeros(entropies);
        PolicyEvaluation.Metrics metrics = new PolicyEvaluation.Metrics();
        for (int i = 0; i < entropies.length; i++) {
            double weight = coefficient * aggregation.weight(entropies[i].length, batch);
            for (int t = 0; t < entropies[i].length; t++) {
                loss -= weight * entropies[i][t];
                gradients[i][t] = -weight;
                metrics.add("policy/entropy_avg", entropies[i][t]);
            }
        }
        return new PolicyEvaluation(loss, gradients, metrics.means());
    }
}
