package org.align4j.recipes.recipe;

/** What becomes of a row longer than max_length. */
public enum Overflow {
    /** The run stops before any work and names the rows. */
    ERROR,
    /** The row is left out and counted in the data report. */
    DROP,
    /** The prompt loses its beginning. */
    TRUNCATE_PROMPT,
    /** The response loses its end, its end-of-turn token included. */
    TRUNCATE_RESPONSE
}
