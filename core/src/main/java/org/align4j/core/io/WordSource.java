package org.align4j.core.io;

/** As {@link FloatSource} for a tensor of 32-bit words. */
@FunctionalInterface
public interface WordSource {

    /** Copies elements {@code offset} to {@code offset + count − 1}, counted row-major, to the start of {@code dst}. */
    void read(long offset, int[] dst, int count);
}
