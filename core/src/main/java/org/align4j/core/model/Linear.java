package org.align4j.core.model;

import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;

/**
 * y = x·Wᵀ + b with W stored [out, in], or y = x·W + b with W stored [in, out] (GPT-2's Conv1D).
 *
 * @param weight     the matrix
 * @param bias       one row, or null
 * @param dWeight    gradient of the matrix, or null when the model is frozen
 * @param dBias      gradient of the bias, or null
 * @param transposed stored [in, out]
 */
record Linear(Tensor weight, Tensor bias, Tensor dWeight, Tensor dBias, boolean transposed) {

    int outputs() {
        return transposed ? weight.cols() : weight.rows();
    }

    /** y ← (accumulate ? y : 0) + x·W + b. */
    void forward(Backend b, Tensor y, Tensor x, boolean accumulate) {
        b.matmul(y, x, false, weight, !transposed, accumulate);
        if (bias != null) {
            b.addBias(y, bias);
        }
    }

    /** dx ← (accumulate ? dx : 0) + dy·Wᵀ. */
    void backwardInput(Backend b, Tensor dx, Tensor dy, boolean accumulate) {
        b.matmul(dx, dy, false, weight, transposed, accumulate);
    }

    /** Adds the gradients of weight and bias, or with {@code first} sets that of the weight. */
    void backwardWeight(Backend b, Tensor dy, Tensor x, boolean first) {
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
