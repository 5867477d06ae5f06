package org.align4j.rewardmodels;

import java.util.Objects;

/**
 * A response to be scored.
 *
 * @param text  what it says, special tokens left out
 * @param ids   the tokens it was sampled as, the end token included where it has one; null where it was never tokens. Rewards that share the sampling
 *              model's tokenizer may read them in place of the text
 * @param ended whether it came to an end of its own; false for one cut at the most tokens allowed
 */
public record Answer(String text, int[] ids, boolean ended) {
    public Answer {
        Objects.requireNonNull(text, "text");
    }

    /** A finished answer known as text alone. */
    public static Answer of(String text) {
        return new Answer(text, null, true);
    }
}
