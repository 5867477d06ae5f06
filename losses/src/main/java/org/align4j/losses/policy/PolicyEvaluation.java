package org.align4j.losses.policy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.losses.Mean;

/**
 * What a policy-gradient objective returns.
 *
 * @param loss      these sequences' share of the batch's loss
 * @param gradients ∂(batch's loss)/∂(the first argument: log-probabilities, values or entropies), for every sequence, for every token
 * @param metrics   what is worth logging under its name in TRL, to be added up over parts by {@link Mean#plus}
 */
public record PolicyEvaluation(double loss, double[][] gradients, Map<String, Mean> metrics) {

    /** The loss and its gradients times a coefficient, as the value loss enters PPO's total with {@code vf_coef}. Metrics stay as they are. */
    public PolicyEvaluation times(double coefficient) {
        double[][] scaled = new double[gradients.length][];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = gradients[i].clone();
            for (int t = 0; t < scaled[i].length; t++) {
                scaled[i][t] *= coefficient;
            }
        }
        return new PolicyEvaluation(coefficient * loss, scaled, metrics);
    }

    /** A metric's mean over these sequences. */
    public double metric(String name) {
        Mean m = metrics.get(name);
        if (m == null) {
            throw new IllegalArgumentException("No metric " + name + ", there are " + metrics.keySet());
        }
        return m.value();
    }

    /** Adds metrics up under their names. */
    static final class Metrics {
        private final Map<String, Mean> means = new LinkedHashMap<>();

        void add(String name, double value) {
            means.merge(name, Mean.of(value), Mean::plus);
        }

        Map<String, Mean> means() {
            return means;
        }
    }
}
