package org.align4j.core.model;

import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;

/**
 * The language-model head. It never keeps logits: target tokens are walked in chunks of at most {@value #CHUNK_BYTES} bytes of logits, in the forward
 * pass for the log-probabilities, and in the backward pass again.
 *
 * <p>With p the softmax of a row's logits, c = ∂loss/∂(log-probability of target y), the gradient of the logits is c·(1_y − p), so
 * ∂loss/∂h = c·W_y − c·Wᵀp and ∂loss/∂W gains c·h in row y and −p·(c·h)ᵀ.
 */
final class Head {
    static final int CHUNK_BYTES = 1 << 26;
    private final Backend backend;
    private final Tensor weight;
    private final Tensor gradient;

    Head(Backend backend, Tensor weight, Tensor gradient) {
        this.backend = backend;
        this.weight = weight;
        this.gradient = gradient;
    }

    private int chunk() {
        return Math.max(16, CHUNK_BYTES / backend.operandType().bytes() / weight.rows() / 32 * 32);
    }

    private interface Chunk {
        void run(int from, int count);
    }

    private void chunks(int rows, Chunk work) {
        int size = chunk();
        for (int from = 0; from < rows; from += size) {
            work.run(from, Math.min(size, rows - from));
        }
    }

    /**
     * Log-probabilities of the targets.
     *
     * @param collision receives log Σ_v p(v)² at the place of every target, or null
     */
    double[] logProbs(Tensor h, int[] targets, double[] collision) {
        double[] out = new double[h.rows()];
        chunks(h.rows(), (from, n) -> backend.headLogProbs(h.rows(from, n), weight, slice(targets, from, n), out, from, collision));
        return out;
    }

    /** All logits of a few rows. */
    float[] logits(Tensor h) {
        float[] out = new float[Math.multiplyExact(h.rows(), weight.rows())];
        chunks(h.rows(), (from, n) -> {
            try (Tensor logits = backend.alloc(n, weight.rows())) {
                backend.matmul(logits, h.rows(from, n), false, weight, true, false);
                backend.download(logits, out, from * weight.rows());
            }
        });
        return out;
    }

    /** Sets dh, adds to the gradient of the weights or, with {@code first}, sets it; returns the log-probabilities when {@code pick}. */
    double[] backward(Tensor dh, Tensor h, int[] targets, double[] c, boolean pick, boolean first) {
        double[] out = pick ? new double[h.rows()] : null;
        int size = Math.min(chunk(), h.rows());
        try (Tensor buffer = backend.alloc(backend.operandType(), Math.max(1, size), weight.rows()); Tensor w = backend.operand(weight)) {
            chunks(h.rows(), (from, n) -> backward(new Part(dh.rows(from, n), h.rows(from, n), slice(targets, from, n), c, from), w, buffer.rows(0, n), out,
                    first && from == 0));
        }
        return out;
    }

    /** Rows of a chunk, which start at {@code from}. */
    private record Part(Tensor dh, Tensor h, int[] ids, double[] c, int from) {}

    private void backward(Part rows, Tensor w, Tensor p, double[] out, boolean set) {
        int n = rows.ids.length;
        float[] plus = new float[n];
        float[] minus = new float[n];
        for (int i = 0; i < n; i++) {
            plus[i] = (float) rows.c[rows.from + i];
            minus[i] = -plus[i];
        }
        backend.headSoftmax(p, rows.h, w, rows.ids, out, rows.from);
        if (out != null) {
            underflown(rows.h, rows.ids, out, rows.from);
        }
        backend.matmul(rows.dh, p, false, w, false, false);
        backend.scaleRows(rows.dh, minus);
        try (Tensor t = backend.alloc(n, rows.h.cols())) {
            backend.gather(t, w, rows.ids, 1f);
            backend.scaleRows(t, plus);
            backend.add(rows.dh, t);
            if (gradient != null) {
                backend.copy(t, rows.h);
                backend.scaleRows(t, minus);
                backend.matmul(gradient, p, true, t, false, !set);
                backend.scatterAdd(gradient, rows.h, rows.ids, plus);
            }
        }
    }

    /** Asks again, the long way, for log-probabilities that the short way could not tell. */
    private void underflown(Tensor rows, int[] ids, double[] out, int from) {
        for (int i = 0; i < ids.length; i++) {
            if (Double.isNaN(out[from + i])) {
                try (Tensor logits = backend.alloc(1, weight.rows())) {
                    backend.matmul(logits, rows.rows(i, 1), false, weight, true, false);
                    backend.logSoftmaxPick(logits, new int[] {ids[i]}, out, from + i, null);
                }
            }
        }
    }

    private static int[] slice(int[] a, int from, int n) {
        return java.util.Arrays.copyOfRange(a, from, from + n);
    }
}
