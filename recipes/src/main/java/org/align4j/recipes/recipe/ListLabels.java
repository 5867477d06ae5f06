package org.align4j.recipes.recipe;

/** What list losses take for the labels of the responses. */
public enum ListLabels {
    /** The scores in the data, which some losses require to be in [0, 1]. */
    SCORES,
    /** The mean over the list of 1 for a worse response, ½ for an equal one (itself included) and 0 for a better one: in [0, 1], whatever the scores are. */
    RANKS
}
