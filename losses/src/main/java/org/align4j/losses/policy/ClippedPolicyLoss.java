package org.align4j.losses.policy;

import org.align4j.losses.internal.Checks;

/**
 * PPO's clipped policy loss.
 *
 * <pre>
 *   ρ_t = π(y_t) / π_old(y_t)
 *   L_t = max(−A_t·ρ_t, −A_t·clip(ρ_t, 1 − ε_low, 1 + ε_high))
 *   ∂L_t/∂log π(y_t) = −A_t·ρ_t where the unclipped term counts, else 0
 * </pre>
 *
 * <p>Schulman et al., <a href="https://arxiv.org/abs/1707.06347">Proximal Policy Optimization Algorithms</a> (2017).
 *
 * <p>Metrics, as means over tokens: {@code policy/clipfrac_avg} (the clipped term is the greater one), {@code policy/approxkl_avg}
 * (½(log ρ)²), {@code policy/policykl} (−log ρ), {@code val/ratio}.
 *
 * @param epsilonLow  ε_low &gt; 0, TRL's {@code cliprange} 0.2
 * @param epsilonHigh ε_high &gt; 0, 0.2 as well
 * @param aggregation how tokens are put together; TRL: mean over tokens
 */
public record ClippedPolicyLoss(double epsilonLow, double epsilonHigh, Aggregation aggregation) {
    public ClippedPolicyLoss {
        Checks.positive("ppo", "epsilonLow", epsilonLow);
        Checks.positive("ppo", "epsilonHigh", epsilonHigh);
    }

    /** The same range on both sides, mean over tokens. */
    public ClippedPolicyLoss(double epsilon) {
        this(epsilon, epsilon, new Aggregation.TokenMean());
    }

    /** ε = 0.2. */
    public ClippedPolicyLoss() {
        this(0.2);
    }

    /** Evaluates a whole batch. */
    public PolicyEvaluation evaluate(double[][] logProbs, double[][] old, double[][] advantages) {
        Ragged.check("ppo", "log-probabilities", logProbs);
        return evaluate(logProbs, old, advantages, Counts.of(logProbs));
    }

    /**
     * Evaluates a part of a batch.
     *
     * @param logProbs   log π of every token
     * @param old        the same under the policy that sampled
     * @param advantages A_t of every token
     * @param batch      counts of the whole batch
     * @throws IllegalArgumentException when lengths differ, a number is not finite, or a ratio overflows; the message names sequence and token
     */
    public PolicyEvaluation evaluate(double[][] logProbs, double[][] old, double[][] advantages, Counts batch) {
        Ragged.check("ppo", "log-probabilities", logProbs);
        Ragged.check("ppo", "old log-probabilities", old, "log-probabilities", logProbs);
        Ragged.check("ppo", "advantages", advantages, "log-probabilities", logProbs);
        double loss = 0;
        double[][] gradients = Ragged.zeros(logProbs);
        PolicyEvaluation.Metrics metrics = new PolicyEvaluation.Metrics();
        for (int i = 0; i < logProbs.length; i++) {
            double weight = aggregation.weight(logProbs[i].length, batch);
            for (int t = 0; t < logProbs[i].length; t++) {
                double log = logProbs[i][t] - old[i][t];
                double ratio = Ragged.ratio("ppo", "sequence " + i + ", token " + t, log);
                Clip c = Clip.of(advantages[i][t], ratio, epsilonLow, epsilonHigh);
                loss += weight * c.loss();
                gradients[i][t] = weight * c.derivative();
                metrics.add("policy/clipfrac_avg", c.clipped() ? 1 : 0);
                metrics.add("policy/approxkl_avg", 0.5 * log * log);
                metrics.add("policy/policykl", -log);
                metrics.add("val/ratio", ratio);
            }
        }
        return new PolicyEvaluation(loss, gradients, metrics.means());
    }
}
