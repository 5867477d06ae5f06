package org.align4j.core.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.losses.Mean;

/** Where a stage stands: everything a checkpoint keeps besides weights and moments. */
final class TrainProgress {
    long step;
    long tokens;
    double[] lossState = new double[0];
    final Map<String, Mean> sums = new LinkedHashMap<>();

    void add(Map<String, Double> metrics) {
        metrics.forEach((k, v) -> sums.merge(k, Mean.of(v), Mean::plus));
    }

    /** Means since the last call. */
    Map<String, Double> drain() {
        Map<String, Double> means = new LinkedHashMap<>();
        sums.forEach((k, v) -> means.put(k, v.value()));
        sums.clear();
        return means;
    }
}
