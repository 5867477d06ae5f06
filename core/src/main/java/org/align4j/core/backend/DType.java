package org.align4j.core.backend;

/**
 * How the values of a {@link Tensor} are stored. I32 is for words whose meaning one kernel knows, such as packed moments
 * ({@link MomentType}). Arithmetic is done in float32 or, inside a matrix product, in what {@link Precision} allows.
 */
public enum DType {
    F32(4), BF16(2), I32(4);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes per value. */
    public int bytes() {
        return bytes;
    }
}
