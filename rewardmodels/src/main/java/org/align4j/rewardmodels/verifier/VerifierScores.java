package org.align4j.rewardmodels.verifier;

import java.util.OptionalDouble;

/**
 * What a verdict is worth as a reward: wrong + (right − wrong) · score, badFormat added where the form is not the one asked for; a response that did not
 * come to an end is worth notEnded whatever it says.
 *
 * @param right     of a full score
 * @param wrong     of a score of 0; less than {@code right}
 * @param badFormat added for a wrong form; 0 or less
 * @param notEnded  in place of all else for a response cut at the most tokens allowed; empty to judge it like any other. An online method that has a
 *                  penalty of its own for missing ends needs no second one here
 */
public record VerifierScores(double right, double wrong, double badFormat, OptionalDouble notEnded) {
    /**
     * 10 for right, 0 for wrong, −10 for what did not end, nothing for the form: the values of Tülu 3
     * (<a href="https://arxiv.org/abs/2411.15124">Lambert et al., 2024</a>, section 6).
     */
    public static final VerifierScores TULU3 = new VerifierScores(10, 0, 0, OptionalDouble.of(-10));

    /** 1 for right, 0 for wrong, nothing else: what evaluation reports as accuracy. */
    public static final VerifierScores ACCURACY = new VerifierScores(1, 0, 0, OptionalDouble.empty());

    public VerifierScores {
        if (!Double.isFinite(right) || !Double.isFinite(wrong) || !(right > wrong)) {
            throw new IllegalArgumentException("right and wrong must be finite and right the greater, found right " + right + " and wrong " + wrong);
        }
        if (!Double.isFinite(badFormat) || badFormat > 0) {
            throw new IllegalArgumentException("bad_format is added and must be a finite number of 0 or less, found " + badFormat);
        }
        if (notEnded.isPresent() && !Double.isFinite(notEnded.getAsDouble())) {
            throw new IllegalArgumentException("not_ended must be finite, found " + notEnded.getAsDouble());
        }
    }

    /** The reward of a verdict. */
    public double of(Verdict verdict, boolean ended) {
        if (!ended && notEnded.isPresent()) {
            return notEnded.getAsDouble();
        }
        return wrong + (right - wrong) * verdict.score() + (verdict.formatValid() ? 0 : badFormat);
    }
}
