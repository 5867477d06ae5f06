package org.align4j.losses.list;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.losses.Mean;

/** The metrics every list loss reports; see {@link ListLoss}. */
final class ListMetrics {
    private final Map<String, Mean> means = new LinkedHashMap<>();

    void add(double[] scores, double[] labels, double[] sums) {
        int best = 0;
        int worst = 0;
        int pairs = 0;
        int right = 0;
        int wrong = 0;
        int scoresDiffer = 0;
        for (int i = 0; i < labels.length; i++) {
            best = labels[i] > labels[best] ? i : best;
            worst = labels[i] <= labels[worst] ? i : worst;
            for (int j = 0; j < i; j++) {
                double order = Math.signum(labels[i] - labels[j]) * Math.signum(scores[i] - scores[j]);
                right += order > 0 ? 1 : 0;
                wrong += order < 0 ? 1 : 0;
                pairs += labels[i] != labels[j] ? 1 : 0;
                scoresDiffer += scores[i] != scores[j] ? 1 : 0;
            }
        }
        put("rewards/chosen", scores[best]);
        put("rewards/rejected", scores[worst]);
        put("rewards/margins", scores[best] - scores[worst]);
        if (pairs > 0) {
            put("rewards/accuracies", (double) right / pairs);
            put("rank_correlation", scoresDiffer == 0 ? 0 : (right - wrong) / Math.sqrt((double) pairs * scoresDiffer));
        }
        put("logps/chosen", sums[best]);
        put("logps/rejected", sums[worst]);
    }

    Map<String, Mean> means() {
        return means;
    }

    private void put(String name, double value) {
        means.merge(name, Mean.of(value), Mean::plus);
    }
}
