package org.align4j.losses.internal;

import java.util.Arrays;

/** Likelihood of an order of items under the model of Plackett and Luce: the items are drawn one after another by softmax over those left. */
public final class PlackettLuce {
    private PlackettLuce() {
    }

    /**
     * −Σ_k log softmax(s over the places k, k+1, …)_k of the order given, the gradient by the scores added to {@code gradient}.
     *
     * <p>Every place is computed relative to its own score, log(1 + Σ_{j&gt;k} e^{s_j − s_k}), so that a nearly certain order keeps its digits.
     */
    public static double negativeLogLikelihood(double[] scores, int[] order, double[] gradient) {
        double loss = 0;
        for (int k = 0; k + 1 < order.length; k++) {
            double own = scores[order[k]];
            double max = 0;
            for (int j = k + 1; j < order.length; j++) {
                max = Math.max(max, scores[order[j]] - own);
            }
            double others = 0;
            for (int j = k + 1; j < order.length; j++) {
                others += Math.exp(scores[order[j]] - own - max);
            }
            double term = max == 0 ? Math.log1p(others) : max + Math.log(Math.exp(-max) + others);
            loss += term;
            for (int j = k + 1; j < order.length; j++) {
                double share = Math.exp(scores[order[j]] - own - term);
                gradient[order[j]] += share;
                gradient[order[k]] -= share;
            }
        }
        return loss;
    }

    /** Indices by decreasing value; of equal values the lower index comes first. */
    public static int[] decreasing(double[] values) {
        Integer[] order = new Integer[values.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Double.compare(values[b] + 0.0, values[a] + 0.0)); // + 0.0 makes −0 and 0 one value
        int[] result = new int[order.length];
        Arrays.setAll(result, i -> order[i]);
        return result;
    }
}
