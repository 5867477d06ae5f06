package org.align4j.core.adapter;

import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;
import org.align4j.core.quant.Matrix;

/**
 * ‖W + s·B·A‖ of every output, without forming the sum: with w, b the rows of an output, its square is
 * ‖w‖² + 2s·b·(A·w) + s²·b·(A·Aᵀ)·b. ‖w‖² never changes, the rest costs as much as a few rows of a batch.
 */
final class DoraNorm {
    private static final int PIECE = 1 << 20;

    private DoraNorm() {}

    /** ‖w‖² of every output. */
    static double[] squares(Backend k, Matrix base, boolean transposed) {
        double[] sums = new double[transposed ? base.cols() : base.rows()];
        int rows = Math.max(1, PIECE / base.cols());
        float[] values = new float[Math.min(rows, base.rows()) * base.cols()];
        try (Tensor w = base.open(k)) {
            for (int from = 0; from < base.rows(); from += rows) {
                int n = Math.min(rows, base.rows() - from);
                k.download(w.rows(from, n), values, 0);
                for (int r = 0; r < n; r++) {
                    for (int c = 0; c < base.cols(); c++) {
                        double v = values[r * base.cols() + c];
                        sums[transposed ? c : from + r] += v * v;
                    }
                }
            }
        }
        return sums;
    }

    static double[] of(Backend k, double[] squares, Matrix base, boolean transposed, Tensor a, Tensor b, double s) {
        int out = b.rows();
        int rank = b.cols();
        float[] across = new float[rank * out];
        float[] up = new float[out * rank];
        float[] upGram = new float[out * rank];
        try (Tensor aw = k.alloc(rank, out); Tensor gram = k.alloc(rank, rank); Tensor bg = k.alloc(out, rank); Tensor w = base.open(k)) {
            k.matmul(aw, a, false, w, !transposed, false);
            k.matmul(gram, a, false, a, true, false);
            k.matmul(bg, b, false, gram, false, false);
            k.download(aw, across, 0);
            k.download(bg, upGram, 0);
            k.download(b, up, 0);
        }
        double[] norms = new double[out];
        for (int i = 0; i < out; i++) {
            double cross = 0;
            double own = 0;
            for (int j = 0; j < rank; j++) {
                double v = up[i * rank + j];
                cross += v * across[j * out + i];
                own += v * upGram[i * rank + j];
            }
            norms[i] = Math.sqrt(squares[i] + 2 * s * cross + s * s * own);
        }
        return norms;
    }
}
