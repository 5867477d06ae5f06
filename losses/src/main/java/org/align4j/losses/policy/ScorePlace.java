package org.align4j.losses.policy;

/** At which state the score of a whole response is paid. */
public sealed interface ScorePlace {

    /** How many states, and so rewards and values, a response of {@code tokens} tokens has; the last one is paid the score. */
    int states(int tokens);

    /** On the last token (the end of sequence token where there is one): as many states as tokens. */
    record LastToken() implements ScorePlace {
        @Override
        public int states(int tokens) {
            return tokens;
        }
    }

    /**
     * One state after the last token, as TRL's PPO trainer does from version 0.12 on: a response has a value and a reward more than tokens. Rows of TRL
     * are of one width; a response that fills its row has no room and is paid on its last token.
     *
     * @param maxTokens width of the row: the most tokens that are generated, &ge; 1
     */
    record AfterLastToken(int maxTokens) implements ScorePlace {
        public AfterLastToken {
            if (maxTokens < 1) {
                throw new IllegalArgumentException("score after the last token: maxTokens must be at least 1, found " + maxTokens);
            }
        }

        @Override
        public int states(int tokens) {
            if (tokens > maxTokens) {
                throw new IllegalArgumentException("score after the last token: a response has " + tokens + " tokens, more than maxTokens = " + maxTokens);
            }
            return Math.min(tokens + 1, maxTokens);
        }
    }
}
