package org.align4j.core.model;

import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;

/**
 * RMS norm (bias null) or layer norm over the columns.
 *
 * @param shift added to the stored weight (1 for Gemma)
 */
record NormLayer(Tensor weight, Tensor bias, Tensor dWeight, Tensor dBias, float shift, float eps, boolean rms) {

    Tensor stats(Backend b, int rows) {
        return b.alloc(rows, rms ? 1 : 2);
    }

    void forward(Backend b, Tensor y, Tensor x, Tensor stats) {
        if (rms) {
            b.rmsNorm(y, x, weight, shift, eps, stats);
        } else {
            b.layerNorm(y, x, weight, bias, eps, stats);
        }
    }

    /** Adds ∂/∂x to dx and the gradients of the weights. */
    void backward(Backend b, Tensor dx, Tensor dy, Tensor x, Tensor stats) {
        if (rms) {
            b.rmsNormBackward(dx, dWeight, dy, x, weight, shift, eps, stats);
        } else {
            b.layerNormBackward(dx, dWeight, dBias, dy, x, weight, eps, stats);
        }
    }
}
