package org.align4j.core.train;

import java.nio.file.Path;
import java.util.Map;

/** Hears what happens during training. Every method has an empty default. */
public interface TrainListener {

    /**
     * After every update.
     *
     * @param tokens  tokens of the update as the user counts them: a shared prompt once for every response
     * @param seconds how long it took
     */
    default void onStep(long step, long totalSteps, double loss, Map<String, Double> metrics, long tokens, double seconds) {}

    /** Means over the updates since the last report, by their names in TRL. */
    default void onMetrics(long step, double epoch, Map<String, Double> metrics) {}

    /** Metrics on held-out data, their names prefixed with {@code eval_}. */
    default void onEvaluation(long step, double epoch, Map<String, Double> metrics) {}

    default void onCheckpoint(long step, Path directory) {}
}
