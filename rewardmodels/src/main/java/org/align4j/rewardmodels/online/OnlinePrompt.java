package org.align4j.rewardmodels.online;

import java.util.Objects;
import org.align4j.core.data.Location;
import org.align4j.core.data.Text;

/**
 * What a policy is asked.
 *
 * @param at     where it was read, for messages
 * @param text   the prompt before tokenisation: what a reward sees
 * @param ids    its tokens, ready for generation, at least one
 * @param answer the correct answer, for rewards that check against one; null where it is not known
 */
public record OnlinePrompt(Location at, Text text, int[] ids, String answer) {
    public OnlinePrompt {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(text, "text");
        if (ids.length == 0) {
            throw new IllegalArgumentException("The prompt at " + at + " has no token, required is at least one");
        }
    }
}
