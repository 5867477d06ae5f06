package org.align4j.recipes.recipe;

/** Which implementation of the kernels runs. */
public enum BackendChoice {
    /** The fastest there is on this machine. */
    AUTO,
    /** oneDNN over ND4J memory. */
    ONEDNN,
    /** Portable ND4J operations. */
    ND4J
}
