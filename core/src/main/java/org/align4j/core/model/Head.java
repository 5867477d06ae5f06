package org.align4j.core.model;

import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;

/**
 * The language-model head. It never keeps logits: target tokens are walked in chunks of at most {@value #CHUNK_VALUES} logits, in the forward
 * pass for the log-probabilities, and in the backward pass again.
 *
 * <p>With p the softmax of a row's logits, c = ∂loss/∂(log-probability of target y), the gradient of the logits is c·(1_y − p), so
 * ∂loss/∂h = c·W_y − c·Wᵀp and ∂loss/∂W gains c·h in row y and −p·(c·h)ᵀ.
 */
final class Head {
    static final int CHUNK_VALUES = 1 << 24;
    private final Backend backend;
    private final Tensor weight;
    private final Tensor gradient;

    Head(Backend backend, Tensor weight, Tensor gradient) {
        this.backend = backend;
        this.weight = weight;
        this.gradient = gradient;
    }

    private int chunk() {
        return Math.max(16, CHUNK_VALUES / weight.rows() / 16 * 16);
    }

    private interface Chunk {
        void run(int from, int count, Tensor logits);
    }

    /** Logits of a chunk of rows at a time, in one buffer. */
    private void chunks(Tensor h, Chunk work) {
        int size = Math.min(chunk(), h.rows());
        try (Tensor buffer = backend.alloc(Math.max(1, size), weight.rows())) {
            for (int from = 0; from < h.rows(); from += size) {
                int n = Math.min(size, h.rows() - from);
                Tensor logits = buffer.rows(0, n);
                backend.matmul(logits, h.rows(from, n), false, weight, true, false);
                work.run(from, n, logits);
            }
        }
    }

    /**
     * Log-probabilities of the targets.
     *
     * @param collision receives log Σ_v p(v)² at the place of every target, or null
     */
    double[] logProbs(Tensor h, int[] targets, double[] collision) {
        double[] out = new double[h.rows()];
        chunks(h, (from, n, logits) -> {
            backend.logSoftmaxPick(logits, slice(targets, from, n), out, from, null);
            if (collision != null) {
                backend.logCollision(logits, collision, from);
            }
        });
        return out;
    }

    /** All logits of a few rows. */
    float[] logits(Tensor h) {
        float[] out = new float[Math.multiplyExact(h.rows(), weight.rows())];
        chunks(h, (from, n, logits) -> backend.download(logits, out, from * weight.rows()));
        return out;
    }

    /** Sets dh, adds to the gradient of the weights or, with {@code first}, sets it; returns the log-probabilities when {@code pick}. */
    double[] backward(Tensor dh, Tensor h, int[] targets, double[] c, boolean pick, boolean first) {
        double[] out = pick ? new double[h.rows()] : null;
        chunks(h, (from, n, logits) -> {
            int[] ids = slice(targets, from, n);
            float[] plus = new float[n];
            float[] minus = new float[n];
            for (int i = 0; i < n; i++) {
                plus[i] = (float) c[from + i];
                minus[i] = -plus[i];
            }
            Tensor rows = h.rows(from, n);
            Tensor dRows = dh.rows(from, n);
            if (pick) {
                backend.softmaxPick(logits, ids, out, from);
                underflown(rows, ids, out, from);
            } else {
                backend.softmax(logits);
            }
            backend.matmul(dRows, logits, false, weight, false, false);
            backend.scaleRows(dRows, minus);
            try (Tensor t = backend.alloc(n, h.cols())) {
                backend.gather(t, weight, ids, 1f);
                backend.scaleRows(t, plus);
                backend.add(dRows, t);
                if (gradient != null) {
                    backend.copy(t, rows);
                    backend.scaleRows(t, minus);
                    backend.matmul(gradient, logits, true, t, false, !first || from > 0);
                    backend.scatterAdd(gradient, rows, ids, plus);
                }
            }
        });
        return out;
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
