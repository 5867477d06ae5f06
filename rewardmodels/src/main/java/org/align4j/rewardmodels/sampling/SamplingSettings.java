package org.align4j.rewardmodels.sampling;

import java.util.List;
import java.util.Objects;
import org.align4j.core.generate.SamplingOptions;

/**
 * How a policy is sampled for training data.
 *
 * @param samples      answers per prompt, at least 1 (64 in RSO, 8 in LiPO)
 * @param options      how tokens are chosen (temperature 0.7 and top-k 40 in RSO and LiPO); the end tokens of the model are added
 * @param stop         strings that end an answer; cut from its text
 * @param seed         of all answers; an example's own seed is derived from it and the example's tokens
 * @param shardPrompts prompts that are sampled, scored and written together, at least 1: what a killed run loses at most
 */
public record SamplingSettings(int samples, SamplingOptions options, List<String> stop, long seed, int shardPrompts) {
    /** Answers per shard that keep a batch full most of the time. */
    private static final int SHARD_ANSWERS = 512;

    public SamplingSettings {
        Objects.requireNonNull(options, "options");
        stop = List.copyOf(stop);
        if (samples < 1 || shardPrompts < 1) {
            throw new IllegalArgumentException("Sampling needs at least 1 answer per prompt and 1 prompt per shard, found " + samples + " and " + shardPrompts);
        }
        if (samples > 1 && options.isGreedy()) {
            throw new IllegalArgumentException(samples + " samples at temperature 0 would all be the same; give a temperature above 0, or take 1 sample");
        }
    }

    /** Without stop strings, in shards of some 512 answers. */
    public static SamplingSettings of(int samples, SamplingOptions options, long seed) {
        return new SamplingSettings(samples, options, List.of(), seed, Math.max(1, SHARD_ANSWERS / Math.max(1, samples)));
    }

    public SamplingSettings withStop(List<String> strings) {
        return new SamplingSettings(samples, options, strings, seed, shardPrompts);
    }

    public SamplingSettings withShardPrompts(int prompts) {
        return new SamplingSettings(samples, options, stop, seed, prompts);
    }
}
