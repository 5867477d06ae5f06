package org.align4j.core.adapter;

import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;
import org.align4j.core.quant.Matrix;

/** Adds a low-rank product to a matrix in place. */
final class Merge {
    private Merge() {}

    /**
     * @param w         the matrix, float32 or bfloat16: computed in float32 and rounded once
     * @param magnitude DoRA's vector, or null
     */
    static void run(Backend k, Tensor w, boolean transposed, Tensor a, Tensor b, double scaling, Tensor magnitude) {
        float[] factors = magnitude == null ? null : factors(k, w, transposed, a, b, scaling, magnitude);
        try (Tensor sum = k.alloc(w.rows(), w.cols()); Tensor scaled = k.alloc(b.rows(), b.cols())) {
            k.copy(sum, w);
            k.copy(scaled, b);
            k.scale(scaled, (float) scaling);
            if (transposed) {
                k.matmul(sum, a, true, scaled, true, true);
            } else {
                k.matmul(sum, scaled, false, a, false, true);
            }
            if (factors != null && transposed) {
                try (Tensor row = k.alloc(1, factors.length)) {
                    k.upload(row, factors, 0);
                    k.multiply(sum, row);
                }
            } else if (factors != null) {
                k.scaleRows(sum, factors);
            }
            k.copy(w, sum);
        }
    }

    private static float[] factors(Backend k, Tensor w, boolean transposed, Tensor a, Tensor b, double scaling, Tensor magnitude) {
        Matrix base = Matrix.of(w);
        double[] norms = DoraNorm.of(k, DoraNorm.squares(k, base, transposed), base, transposed, a, b, scaling);
        float[] g = new float[norms.length];
        k.download(magnitude, g, 0);
        for (int i = 0; i < g.length; i++) {
            g[i] /= (float) norms[i];
        }
        return g;
    }
}
