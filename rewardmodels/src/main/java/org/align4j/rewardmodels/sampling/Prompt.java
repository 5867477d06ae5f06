package org.align4j.rewardmodels.sampling;

import java.util.Objects;
import org.align4j.core.data.Text;

/**
 * What a policy is asked.
 *
 * @param text      the prompt as text, messages or ids: what a reward sees
 * @param ids       its tokens, ready for generation, at least one; not copied, must not change
 * @param reference the correct answer, for rewards that check against one; null where it is not known
 */
public record Prompt(Text text, int[] ids, String reference) {
    public Prompt {
        Objects.requireNonNull(text, "text");
        if (ids.length == 0) {
            throw new IllegalArgumentException("A prompt needs at least one token (a beginning-of-text token will do), found none");
        }
    }
}
