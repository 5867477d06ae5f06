package org.align4j.core.io;

/** Where the writer takes the values of one tensor from, piece by piece and in order. */
@FunctionalInterface
public interface FloatSource {

    /** Copies elements {@code offset} to {@code offset + count − 1}, counted row-major, to the start of {@code dst}. */
    void read(long offset, float[] dst, int count);

    /** The values of an array. */
    static FloatSource of(float[] values) {
        return (offset, dst, count) -> System.arraycopy(values, Math.toIntExact(offset), dst, 0, count);
    }

    /** The values of a stored tensor. */
    static FloatSource of(TensorSource source, String name) {
        return (offset, dst, count) -> source.read(name, offset, dst, 0, count);
    }
}
