package org.align4j.core.backend.internal.onednn;

import org.bytedeco.javacpp.Pointer;

/** Matrices of one size, operands of a batch of products: values from one to the next, and from row to row. */
record Matrices(Pointer start, long step, int stride, boolean transposed) {
    static Matrices of(Pointer start, long step, int stride) {
        return new Matrices(start, step, stride, false);
    }

    Matrices transpose() {
        return new Matrices(start, step, stride, !transposed);
    }
}
