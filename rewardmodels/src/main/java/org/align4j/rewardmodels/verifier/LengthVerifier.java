package org.align4j.rewardmodels.verifier;

import java.util.Objects;
import org.align4j.core.UserException;
import org.align4j.rewardmodels.Answer;

/**
 * Right when the response has a length in a range; outside it the score falls in a straight line to 0 over {@code slack} units:
 * max(0, 1 − distance ÷ slack). The format is valid where the score is above 0.
 *
 * @param unit  what is counted
 * @param least shortest right length, 0 or more
 * @param most  longest right length, at least {@code least}
 * @param slack 0 for a score of 0 as soon as the range is left
 */
public record LengthVerifier(Unit unit, int least, int most, int slack) implements Verifier {

    /** What a length is counted in. */
    public enum Unit {
        /** Unicode characters (code points). */
        CHARACTERS,
        /** Runs without white space. */
        WORDS,
        /** Tokens the response was sampled as; responses known as text alone have none. */
        TOKENS;

        /**
         * The length of an answer.
         *
         * @throws UserException when tokens are asked for and the answer is known as text alone
         */
        public int of(Answer answer) {
            String text = answer.text();
            return switch (this) {
                case CHARACTERS -> text.codePointCount(0, text.length());
                case WORDS -> words(text);
                case TOKENS -> {
                    if (answer.ids() == null) {
                        throw new UserException("A length in tokens needs responses that were sampled as tokens, found one known as text alone."
                                + " Count in characters or words instead.");
                    }
                    yield answer.ids().length;
                }
            };
        }

        private static int words(String text) {
            int words = 0;
            boolean inside = false;
            for (int i = 0; i < text.length(); i++) {
                boolean space = Character.isWhitespace(text.charAt(i)) || Character.isSpaceChar(text.charAt(i));
                words += !space && !inside ? 1 : 0;
                inside = !space;
            }
            return words;
        }
    }

    public LengthVerifier {
        Objects.requireNonNull(unit, "unit");
        if (least < 0 || most < least || slack < 0) {
            throw new IllegalArgumentException("a length needs 0 <= least <= most and slack of 0 or more, found least " + least + ", most " + most + ", slack " + slack);
        }
    }

    @Override
    public Verdict verify(String prompt, String response, String answer) {
        return verify(prompt, Answer.of(response), answer);
    }

    @Override
    public Verdict verify(String prompt, Answer response, String answer) {
        long length = unit.of(response);
        double distance = Math.max(0, Math.max(least - length, length - most));
        double score = distance == 0 ? 1 : slack == 0 ? 0 : Math.max(0, 1 - distance / slack);
        return new Verdict(score, score > 0);
    }

    @Override
    public boolean needsReference() {
        return false;
    }
}
