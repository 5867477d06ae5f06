package org.align4j.core.model.config;

import java.util.Arrays;

/** One parameter a model must have: its Hugging Face name, shape as stored, and kind. */
public record Parameter(String name, int[] shape, Kind kind) {

    /** MATRIX and EMBEDDING are subject to weight decay as a rule; NORM and BIAS are not. */
    public enum Kind {
        MATRIX,
        NORM,
        BIAS,
        EMBEDDING
    }

    public Parameter {
        shape = shape.clone();
    }

    @Override
    public int[] shape() {
        return shape.clone();
    }

    /** Number of values. */
    public long elements() {
        long n = 1;
        for (int d : shape) {
            n *= d;
        }
        return n;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Parameter that && name.equals(that.name) && kind == that.kind && Arrays.equals(shape, that.shape);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Arrays.hashCode(shape);
    }

    @Override
    public String toString() {
        return name + Arrays.toString(shape) + " " + kind;
    }
}
