package org.align4j.losses;

import java.util.List;
import java.util.Map;

/**
 * What a loss returns.
 *
 * @param sum       loss summed over examples (or tokens)
 * @param count     how many examples (or tokens) the sum covers
 * @param gradients ∂sum/∂(log-probability): for every example, for every response, for every token
 * @param metrics   per-example sums of what is worth logging, by their names in TRL; divide by {@code examples}
 * @param examples  number of examples
 */
public record Evaluation(double sum, long count, List<double[][]> gradients, Map<String, Double> metrics, int examples) {

    /** Mean over what was counted; meaningful for a whole batch. */
    public double mean() {
        return sum / count;
    }
}
