package org.align4j.recipes.recipe;

/** What becomes of training rows whose prompts are also evaluated on. */
public enum OverlapPolicy {
    /** They are an error. */
    ERROR,
    /** They are left out of training. */
    DROP,
    /** They are trained on all the same. */
    ALLOW
}
