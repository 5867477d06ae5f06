package org.align4j.rewardmodels;

import java.util.List;
import java.util.Objects;
import org.align4j.core.data.Text;

/**
 * A prompt and the answers to be scored.
 *
 * @param prompt    the prompt as text, messages or ids
 * @param answers   at least one
 * @param reference the correct answer, for rewards that check against one; null where it is not known
 */
public record Question(Text prompt, List<Answer> answers, String reference) {
    public Question {
        Objects.requireNonNull(prompt, "prompt");
        answers = List.copyOf(answers);
        if (answers.isEmpty()) {
            throw new IllegalArgumentException("A question needs at least one answer to score, got none");
        }
    }
}
