package org.align4j.recipes.recipe;

/** Learning rate over the steps after warm-up, from learning_rate down to min_lr_ratio times it. */
public enum Schedule {
    /** Stays. */
    CONSTANT,
    /** A straight line. */
    LINEAR,
    /** Half a cosine wave. */
    COSINE,
    /** Falls with the square root of the step. */
    INVERSE_SQRT
}
