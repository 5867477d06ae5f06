package org.align4j.core.merge;

/** The same tensor of all sources, to be gone through as often as a rule needs. */
interface TensorScan {
    TensorPlace place();

    long elements();

    /** Goes through all of it, piece by piece and in order. */
    void scan(Piece piece);

    /** Sees the same {@code n} entries of every source, in the order of {@link MergePlan#sources}; the arrays are used again. */
    interface Piece {
        void see(float[][] values, int n);
    }
}
