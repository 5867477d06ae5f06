package org.align4j.recipes.recipe;

/** Which assistant turns of a conversation are trained on. */
public enum Turns {
    /** The last one; the rest is prompt. */
    LAST,
    /** Every one, each as an example of its own. */
    ALL
}
