package org.align4j.recipes.recipe;

/** What becomes of rows that are suspect but usable; all of them are counted in the data report. */
public enum RowPolicy {
    /** They are used. */
    KEEP,
    /** They are left out. */
    DROP,
    /** The run stops before any work and names them. */
    ERROR
}
