package org.align4j.rewardmodels.sampling;

import java.util.Objects;
import org.align4j.core.generate.FinishReason;
import org.align4j.rewardmodels.Answer;

/**
 * One answer of a policy.
 *
 * @param text    what it says, special tokens and stop strings left out
 * @param ids     its tokens, the end token included where it has one
 * @param logProb log-probability of the tokens under the policy itself, in nats: temperature 1, nothing cut off; NaN for an answer it did not sample
 * @param finish  why it ended
 * @param score   what the reward gave it; NaN before it was asked
 */
public record SampledAnswer(String text, int[] ids, double logProb, FinishReason finish, double score) {
    public SampledAnswer {
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(finish, "finish");
    }

    /** Whether it came to an end of its own, rather than being cut at the most tokens allowed. */
    public boolean ended() {
        return finish != FinishReason.LENGTH;
    }

    /** As rewards take it. */
    public Answer answer() {
        return new Answer(text, ids, ended());
    }

    /** The same with a score. */
    public SampledAnswer withScore(double value) {
        return new SampledAnswer(text, ids, logProb, finish, value);
    }
}
