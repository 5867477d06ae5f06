package org.align4j.rewardmodels.serve;

import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;
import org.align4j.rewardmodels.Answer;

/** How many tokens a prompt and one answer to it are: for limits and the size of batches, not for scores. Called by many threads at once. */
@FunctionalInterface
public interface TokenCount {
    /** Where no tokenizer is known: one token for every four characters, and one for every message and text. */
    TokenCount ESTIMATE = (prompt, answer) -> (answer.ids() != null ? answer.ids().length : about(answer.text())) + estimate(prompt);

    /** Tokens of the prompt and the answer together. */
    int of(Text prompt, Answer answer);

    /** The tokens a model's encoder makes. */
    static TokenCount of(TextEncoder encoder) {
        return (prompt, answer) -> {
            if (prompt instanceof Text.Ids ids) {
                return ids.ids().length + (answer.ids() != null ? answer.ids().length : about(answer.text()));
            }
            var both = encoder.encode(prompt, new Text.Plain(answer.text()));
            return both.prompt().length + both.response().length;
        };
    }

    private static int estimate(Text prompt) {
        if (prompt instanceof Text.Plain p) {
            return about(p.text());
        }
        if (prompt instanceof Text.Chat c) {
            int n = 0;
            for (Message m : c.messages()) {
                n += about(m.content());
            }
            return n;
        }
        return ((Text.Ids) prompt).ids().length;
    }

    private static int about(String text) {
        return 1 + text.length() / 4;
    }
}
