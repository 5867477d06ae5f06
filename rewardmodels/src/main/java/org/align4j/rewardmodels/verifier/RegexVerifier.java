package org.align4j.rewardmodels.verifier;

import java.util.Objects;

/**
 * Right when a regular expression is found. Where the expression has a group named {@code answer}, as in {@code <answer>(?<answer>.*?)</answer>}, what
 * that group took must also equal the reference answer, white space at the ends aside and runs of it being one space; the format is valid when the
 * expression is found.
 *
 * @param pattern the expression
 * @param whole   whether it must take the whole response rather than a part
 */
public record RegexVerifier(BoundedPattern pattern, boolean whole) implements Verifier {
    private static final Verifier SAME = new ExactMatchVerifier(false);

    public RegexVerifier {
        Objects.requireNonNull(pattern, "pattern");
    }

    @Override
    public Verdict verify(String prompt, String response, String answer) {
        BoundedPattern.Match match = pattern.find(response, whole);
        if (match == null) {
            return new Verdict(0, false);
        }
        if (!pattern.hasAnswer()) {
            return new Verdict(1, true);
        }
        return new Verdict(match.answer() == null ? 0 : SAME.verify(prompt, match.answer(), answer).score(), true);
    }

    @Override
    public boolean needsReference() {
        return pattern.hasAnswer();
    }
}
