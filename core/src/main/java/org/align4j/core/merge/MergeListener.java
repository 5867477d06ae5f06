package org.align4j.core.merge;

/** Who watches a merge and may stop it. */
public interface MergeListener {
    /** Sees nothing and stops nothing. */
    MergeListener NONE = new MergeListener() {};

    /**
     * After every piece.
     *
     * @param done  entries computed or looked at
     * @param total of so many
     */
    default void progress(long done, long total) {}

    /** Whether to stop; what was written is then removed. */
    default boolean stop() {
        return false;
    }
}
