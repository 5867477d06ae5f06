package org.align4j.rewardmodels.verifier;

/**
 * What a verifier found.
 *
 * @param score       in [0, 1]; 1 is right
 * @param formatValid whether the response has the form that was asked for, right or wrong
 */
public record Verdict(double score, boolean formatValid) {
    public Verdict {
        if (!(score >= 0 && score <= 1)) {
            throw new IllegalArgumentException("a score must be in [0, 1], found " + score);
        }
    }

    /** Whether the score is full. */
    public boolean correct() {
        return score == 1;
    }
}
