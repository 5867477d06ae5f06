package org.align4j.rewardmodels.online;

import org.align4j.core.generate.Progress;
import org.align4j.core.train.TrainListener;

/**
 * Hears what happens. {@link #onStep} comes after every update, {@link #onMetrics} after iterations, {@link #onEvaluation} with the metrics of held-out
 * prompts. Steps count planned updates: an iteration that ends early still takes all of its own.
 */
public interface OnlineListener extends TrainListener {

    /** While responses are sampled. */
    default void onSampling(long iteration, Progress progress) {}

    /** When an iteration's responses have been scored, before its first update. */
    default void onRollouts(long iteration, Rollouts rollouts) {}
}
