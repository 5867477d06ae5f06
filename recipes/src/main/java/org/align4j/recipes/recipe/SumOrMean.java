package org.align4j.recipes.recipe;

import org.align4j.losses.Needs.Reduction;

/** How the log-probabilities of a response's tokens become one number. */
public enum SumOrMean {
    /** Their sum. */
    SUM,
    /** Their mean. */
    MEAN;

    Reduction reduction() {
        return Reduction.valueOf(name());
    }
}
