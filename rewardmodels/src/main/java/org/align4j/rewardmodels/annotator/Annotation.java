package org.align4j.rewardmodels.annotator;

/**
 * What a simulated annotator said of two answers.
 *
 * @param choice     which is better
 * @param annotator  who said so
 * @param swapped    whether the second answer was shown first
 * @param coin       whether label noise put a fair coin in place of its opinion
 * @param goldMargin gold reward of the first answer less that of the second
 */
public record Annotation(Choice choice, String annotator, boolean swapped, boolean coin, double goldMargin) {

    /** The better answer of a question with two. */
    public enum Choice {
        FIRST, SECOND,
        /** The two say the same. */
        TIE
    }
}
