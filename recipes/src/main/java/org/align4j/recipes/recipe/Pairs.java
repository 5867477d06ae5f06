package org.align4j.recipes.recipe;

/** Which pairs are made of a list of scored responses. */
public enum Pairs {
    /** One pair: the highest score against the lowest. */
    BEST_WORST,
    /** Every two responses of different score. */
    ALL,
    /** Neighbours in the order of their scores. */
    ADJACENT
}
