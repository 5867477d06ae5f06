package org.align4j.recipes.recipe;

/** Where the reference log-probabilities of DPO come from. */
public enum ReferenceMode {
    /** Computed once before training and kept on disk by content digest. */
    CACHED,
    /** A copy of the starting model held in memory. */
    FROZEN
}
