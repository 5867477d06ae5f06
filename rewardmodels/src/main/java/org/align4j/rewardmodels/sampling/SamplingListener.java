package org.align4j.rewardmodels.sampling;

/** Hears how far the making of data has come, and may stop it. */
public interface SamplingListener {
    /** Hears nothing, stops nothing. */
    SamplingListener NONE = new SamplingListener() { };

    /**
     * Told after every pass of the model and every shard.
     *
     * @param work   what is being done: {@code sampling}, {@code scoring} …
     * @param done   prompts finished, those of earlier runs included
     * @param total  prompts in all
     * @param tokens tokens sampled so far, 0 where none are
     */
    default void progress(String work, int done, int total, long tokens) {}

    /** Told of what a person should know, a damaged shard for instance. */
    default void message(String text) {}

    /** Asked after every shard but the last; true ends the work with {@link SamplingStopped}. What is finished stays. */
    default boolean stop() {
        return false;
    }
}
