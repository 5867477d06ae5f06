package org.align4j.losses;

import java.util.List;
import java.util.Map;

/**
 * What a loss returns for some examples of a batch.
 *
 * @param loss      these examples' share of the batch's loss; the shares of all parts add up to it
 * @param gradients ∂(batch's loss)/∂(log-probability): for every example, for every response, for every token; where
 *                  {@link Needs.Extra#PROMPT} is needed, one more row per example for the prompt's tokens
 * @param metrics   what is worth logging, by its name in TRL, to be added up over parts by {@link Mean#plus}
 * @param state     what to give the next batch as {@link Batch#state}; empty for losses that carry nothing
 */
public record Evaluation(double loss, List<double[][]> gradients, Map<String, Mean> metrics, double[] state) {

    public Evaluation(double loss, List<double[][]> gradients, Map<String, Mean> metrics) {
        this(loss, gradients, metrics, new double[0]);
    }

    /** A metric's mean over these examples. */
    public double metric(String name) {
        Mean m = metrics.get(name);
        if (m == null) {
            throw new IllegalArgumentException("No metric " + name + ", there are " + metrics.keySet());
        }
        return m.value();
    }
}
