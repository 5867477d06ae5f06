package org.align4j.losses.pair;

/**
 * A pair reduced to what pair losses are functions of. References are 0 for a loss without one.
 *
 * @param chosen            Σ_t log π of the chosen response
 * @param rejected          Σ_t log π of the rejected response
 * @param chosenReference   Σ_t log π_ref of the chosen response
 * @param rejectedReference Σ_t log π_ref of the rejected response
 * @param chosenLength      tokens of the chosen response
 * @param rejectedLength    tokens of the rejected response
 * @param strength          how much better the chosen response is: the difference of the scores, NaN when they are unknown
 */
public record Pair(double chosen, double rejected, double chosenReference, double rejectedReference, int chosenLength, int rejectedLength,
        double strength) {

    /** d_w, the chosen log-ratio log π(y_w) − log π_ref(y_w). */
    public double chosenRatio() {
        return chosen - chosenReference;
    }

    /** d_l, the rejected log-ratio. */
    public double rejectedRatio() {
        return rejected - rejectedReference;
    }

    /** h = d_w − d_l. */
    public double margin() {
        return chosenRatio() - rejectedRatio();
    }

    /**
     * A loss's value and its derivatives.
     *
     * @param loss     the loss
     * @param chosen   ∂loss/∂(chosen sum of log-probabilities)
     * @param rejected ∂loss/∂(rejected sum of log-probabilities)
     */
    public record Value(double loss, double chosen, double rejected) {

        /** Of a loss of the difference of the two sums. */
        public static Value ofDifference(double loss, double derivative) {
            return new Value(loss, derivative, -derivative);
        }
    }
}
