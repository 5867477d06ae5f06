package org.align4j.recipes.recipe;

/** Where a stage's rows come from. */
public enum DataFrom {
    /** From the files the recipe names under data. */
    RECIPE,
    /** From the last stage before that made such rows. */
    SAMPLED,
    /** From both, those of the recipe first. */
    BOTH;

    /** Whether rows that a stage made are among them. */
    public boolean sampled() {
        return this != RECIPE;
    }
}
