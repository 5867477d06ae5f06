package org.align4j.losses.policy;

import org.align4j.losses.internal.Checks;

/**
 * PPO's clipped value loss: the value function may not run from what it said at sampling time faster than ε.
 *
 * <pre>
 *   V'_t = clip(V_t, V_old,t − ε, V_old,t + ε)
 *   L_t = ½·max((V_t − R_t)², (V'_t − R_t)²)
 *   ∂L_t/∂V_t = V_t − R_t where the unclipped term counts, else 0
 * </pre>
 *
 * <p>From OpenAI's implementation of Schulman et al., <a href="https://arxiv.org/abs/1707.06347">Proximal Policy Optimization Algorithms</a> (2017).
 * The coefficient {@code vf_coef} of PPO's total (0.1 in TRL) is {@link PolicyEvaluation#times}.
 *
 * <p>Metrics, as means over states: {@code val/clipfrac_avg} (the clipped term is the greater one), {@code val/error} ((V − R)²).
 *
 * @param epsilon     ε &gt; 0, TRL's {@code cliprange_value} 0.2, in units of reward
 * @param aggregation how states are put together; TRL: mean over states
 */
public record ClippedValueLoss(double epsilon, Aggregation aggregation) {
    public ClippedValueLoss {
        Checks.positive("ppo value", "epsilon", epsilon);
    }

    /** Mean over states. */
    public ClippedValueLoss(double epsilon) {
        this(epsilon, new Aggregation.TokenMean());
    }

    /** ε = 0.2. */
    public ClippedValueLoss() {
        this(0.2);
    }

    /** Evaluates a whole batch. */
    public PolicyEvaluation evaluate(double[][] values, double[][] old, double[][] returns) {
        Ragged.check("ppo value", "values", values);
        return evaluate(values, old, returns, Counts.of(values));
    }

    /**
     * Evaluates a part of a batch.
     *
     * @param values  V of every state now
     * @param old     V of every state when the response was sampled
     * @param returns R, see {@link Gae.Estimate#returns}
     * @param batch   counts of the whole batch, in states
     * @throws IllegalArgumentException when lengths differ or a number is not finite; the message names sequence and token
     */
    public PolicyEvaluation evaluate(double[][] values, double[][] old, double[][] returns, Counts batch) {
        Ragged.check("ppo value", "values", values);
        Ragged.check("ppo value", "old values", old, "values", values);
        Ragged.check("ppo value", "returns", returns, "values", values);
        double loss = 0;
        double[][] gradients = Ragged.zeros(values);
        PolicyEvaluation.Metrics metrics = new PolicyEvaluation.Metrics();
        for (int i = 0; i < values.length; i++) {
            double weight = aggregation.weight(values[i].length, batch);
            for (int t = 0; t < values[i].length; t++) {
                double v = values[i][t];
                double bounded = Math.min(Math.max(v, old[i][t] - epsilon), old[i][t] + epsilon);
                double free = (v - returns[i][t]) * (v - returns[i][t]);
                double held = (bounded - returns[i][t]) * (bounded - returns[i][t]);
                loss += weight * 0.5 * Math.max(free, held);
                gradients[i][t] = bounded == v || free > held ? weight * (v - returns[i][t]) : 0;
                metrics.add("val/clipfrac_avg", held > free ? 1 : 0);
                metrics.add("val/error", free);
            }
        }
        return new PolicyEvaluation(loss, gradients, metrics.means());
    }
}
