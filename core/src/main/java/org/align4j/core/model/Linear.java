package org.align4j.core.model;

import java.util.List;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.PackedMatrix;
import org.align4j.core.backend.Tensor;
import org.align4j.core.quant.Matrix;

/**
 * y = x·Wᵀ + b with W stored [out, in], or y = x·W + b with W stored [in, out] (GPT-2's Conv1D), plus what adapters add.
 *
 * @param weight     the matrix
 * @param bias       one row, or null
 * @param dWeight    gradient of the matrix, or null when it is frozen
 * @param dBias      gradient of the bias, or null
 * @param transposed stored [in, out]
 * @param adapters   parts of an adapter, each for a range of outputs
 * @param packed     a copy of the matrix for many products forward, or null
 */
record Linear(Matrix weight, Tensor bias, Tensor dWeight, Tensor dBias, boolean transposed, List<Added> adapters, PackedMatrix packed) {

    Linear(Matrix weight, Tensor bias, Tensor dWeight, Tensor dBias, boolean transposed, List<Added> adapters) {
        this(weight, bias, dWeight, dBias, transposed, adapters, null);
    }

    /** The same layer for many products forward, with a copy of its matrix as it is now; a matrix that is no tensor (one in four bits) stays what it is. */
    Linear packed(Backend b) {
        return weight instanceof Matrix.Dense dense ? new Linear(weight, bias, null, null, transposed, adapters, b.pack(dense.view(), transposed)) : this;
    }

    /** Gives back the copy. */
    void unpack() {
        if (packed != null) {
            packed.close();
        }
    }

    /** A part of an adapter and the outputs it adds to: several layers may be fused into one product. */
    record Added(Adapter.Part part, int from, int count) {
        Tensor of(Tensor y) {
            return count == y.cols() ? y : y.cols(from, count);
        }
    }

    int outputs() {
        return transposed ? weight.cols() : weight.rows();
    }

    /**
     * y ← (accumulate ? y : 0) + x·W + b + adapters.
     *
     * @param keys names of the rows of x, for dropout in adapters; null: no dropout
     */
    void forward(Backend b, Tensor y, Tensor x, boolean accumulate, long[] keys) {
        if (packed != null) {
            b.product(y, x, packed, accumulate);
        } else {
            try (Tensor w = weight.open(b)) {
                b.matmul(y, x, false, w, !transposed, accumulate);
            }
        }
        if (bias != null) {
            b.addBias(y, bias);
        }
        for (Added a : adapters) {
            a.part().forward(b, a.of(y), x, keys);
        }
    }

    /** Whether this is one product and nothing is added to it. */
    boolean isProduct() {
        return bias == null && adapters.isEmpty();
    }

    /** Whether anything here is trained, for which the backward pass needs the inputs. */
    boolean learns() {
        return dWeight != null || !adapters.isEmpty();
    }

    /** dx ← (accumulate ? dx : 0) + dy·Wᵀ + adapters. */
    void backwardInput(Backend b, Tensor dx, Tensor dy, boolean accumulate, long[] keys) {
        try (Tensor w = weight.open(b)) {
            b.matmul(dx, dy, false, w, transposed, accumulate);
        }
        for (Added a : adapters) {
            a.part().backwardInput(b, dx, a.of(dy), keys);
        }
    }

    /** Adds the gradients of weight, bias and adapters, or with {@code first} sets those of matrices. */
    void backwardWeight(Backend b, Tensor dy, Tensor x, boolean first, long[] keys) {
        for (Added a : adapters) {
            a.part().backwardWeight(b, a.of(dy), x, keys, first);
        }
        if (dWeight == null) {
            return;
        }
        if (transposed) {
            b.matmul(dWeight, x, true, dy, false, !first);
        } else {
            b.matmul(dWeight, dy, true, x, false, !first);
        }
        if (bias != null) {
            b.addRowSums(dBias, dy);
        }
    }
}
