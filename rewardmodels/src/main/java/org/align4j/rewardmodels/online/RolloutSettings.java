package org.align4j.rewardmodels.online;

import org.align4j.core.generate.BatchLimits;
import org.align4j.core.generate.SamplingOptions;

/**
 * How a policy is sampled.
 *
 * @param prompts    prompts per iteration, &ge; 1
 * @param samples    responses per prompt, &ge; 1; methods that compare the responses to one prompt need 2 or more
 * @param sampling   temperature &gt; 0. Log-probabilities are taken at the same temperature; what top-k, top-p and min-p cut off is not accounted for, so
 *                   that with them the samples are not quite the policy's
 * @param limits     bounds of the generator's memory
 * @param unfinished what becomes of responses without an end
 * @param shaping    what is done to scores
 */
public record RolloutSettings(int prompts, int samples, SamplingOptions sampling, BatchLimits limits, Unfinished unfinished, ScoreShaping shaping) {
    public RolloutSettings {
        if (prompts < 1 || samples < 1) {
            throw new IllegalArgumentException("rollouts: required are at least one prompt per iteration and one response per prompt, found " + prompts + " and " + samples);
        }
        if (sampling.isGreedy()) {
            throw new IllegalArgumentException("rollouts: a policy learns from samples, required is a temperature above 0, found 0");
        }
    }

    /** Unfinished responses keep their score, which stays as it is. */
    public RolloutSettings(int prompts, int samples, SamplingOptions sampling) {
        this(prompts, samples, sampling, BatchLimits.DEFAULT, new Unfinished.Kept(), ScoreShaping.NONE);
    }

    /** Responses per iteration. */
    public int responses() {
        return Math.multiplyExact(prompts, samples);
    }
}
