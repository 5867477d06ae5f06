package org.align4j.core.io;

import java.util.Arrays;

/**
 * A tensor to be written: its name, the type to store (F32, BF16, F16 or I32), its shape, and where its values come from.
 *
 * @param source values of a floating-point type, else null
 * @param words  values of I32, else null
 */
public record TensorEntry(String name, DType dtype, long[] shape, FloatSource source, WordSource words) {

    public TensorEntry {
        shape = shape.clone();
        if (name.equals("__metadata__")) {
            throw new IllegalArgumentException("no tensor can be called __metadata__: the format keeps that name");
        }
        if (dtype != DType.F32 && dtype != DType.BF16 && dtype != DType.F16 && dtype != DType.I32) {
            throw new IllegalArgumentException("tensor \"" + name + "\": F32, BF16, F16 or I32 can be written, not " + dtype);
        }
        if ((dtype == DType.I32 ? words : source) == null) {
            throw new IllegalArgumentException("tensor \"" + name + "\": a source of " + (dtype == DType.I32 ? "words" : "floating-point values") + " is required, found none");
        }
        long n = dtype.bytes();
        for (long d : shape) {
            if (d < 0) {
                throw new IllegalArgumentException("tensor \"" + name + "\": shape " + Arrays.toString(shape) + " has a negative dimension");
            }
            n = Math.multiplyExact(n, d);
        }
    }

    /** A tensor of floating-point values. */
    public TensorEntry(String name, DType dtype, long[] shape, FloatSource source) {
        this(name, dtype, shape, source, null);
    }

    /** A tensor of 32-bit words. */
    public static TensorEntry words(String name, long[] shape, WordSource source) {
        return new TensorEntry(name, DType.I32, shape, null, source);
    }

    /** A tensor of the shape a model configuration gives. */
    public static TensorEntry of(String name, DType dtype, int[] shape, FloatSource source) {
        return new TensorEntry(name, dtype, Arrays.stream(shape).asLongStream().toArray(), source);
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** Bytes this tensor takes in a file. */
    public long bytes() {
        long n = dtype.bytes();
        for (long d : shape) {
            n *= d;
        }
        return n;
    }
}
