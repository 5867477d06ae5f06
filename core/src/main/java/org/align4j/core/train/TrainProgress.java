package org.align4j.core.train;

import java.util.LinkedHashMap;
import java.util.Map;

/** Where a stage stands: everything a checkpoint keeps besides weights and moments. */
final class TrainProgress {
    long step;
    long tokens;
    final Map<String, Double> sums = new LinkedHashMap<>();
    int summed;

    void add(Map<String, Double> metrics) {
        metrics.forEach((k, v) -> sums.merge(k, v, Double::sum));
        summed++;
    }

    /** Means since the last call. */
    Map<String, Double> drain() {
        Map<String, Double> means = new LinkedHashMap<>();
        sums.forEach((k, v) -> means.put(k, v / summed));
        sums.clear();
        summed = 0;
        return means;
    }
}
