package org.align4j.core.io;

import java.util.Arrays;
import java.util.Objects;

/** A tensor to be written: its name, the type to store (F32, BF16 or F16), its shape, and where its values come from. */
public record TensorEntry(String name, DType dtype, long[] shape, FloatSource source) {

    public TensorEntry {
        Objects.requireNonNull(source, "source");
        shape = shape.clone();
        if (name.equals("__metadata__")) {
            throw new IllegalArgumentException("no tensor can be called __metadata__: the format keeps that name");
        }
        if (dtype != DType.F32 && dtype != DType.BF16 && dtype != DType.F16) {
            throw new IllegalArgumentException("tensor \"" + name + "\": F32, BF16 or F16 can be written, not " + dtype);
        }
        long n = dtype.bytes();
        for (long d : shape) {
            if (d < 0) {
                throw new IllegalArgumentException("tensor \"" + name + "\": shape " + Arrays.toString(shape) + " has a negative dimension");
            }
            n = Math.multiplyExact(n, d);
        }
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
