package org.align4j.recipes.recipe;

/** What becomes of rows with tool descriptions. */
public enum Tools {
    /** The run stops before any work. */
    ERROR,
    /** The descriptions are left out. */
    IGNORE,
    /** They go into the system message. */
    SYSTEM
}
