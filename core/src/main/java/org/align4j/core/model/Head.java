package org.align4j.core.model;

import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;

/**
 * The language-model head. It never keeps logits: target tokens are walked in chunks of at most {@value #CHUNK_BYTES} bytes of logits, in the forward
 * pass for the log-probabilities, and in the backward pass again. In bfloat16 the probabilities of the first chunk may be kept from one to the other, in
 * the memory that the backward pass needs anyway.
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
        return logProbs(h, targets, collision, null);
    }

    /** As {@link #logProbs(Tensor, int[], double[])}; {@code kept}, of {@link #room}, receives the probabilities of the first chunk. */
    double[] logProbs(Tensor h, int[] targets, double[] collision, Tensor kept) {
        double[] out = new double[h.rows()];
        // The first chunk last: what is kept is the memory that all of them are computed in.
        for (int from = (h.rows() - 1) / chunk() * chunk(); from >= 0 && h.rows() > 0; from -= chunk()) {
            int n = Math.min(chunk(), h.rows() - from);
            backend.headLogProbs(h.rows(from, n), weight, slice(targets, from, n), out, from, collision, kept == null ? null : kept.rows(0, n));
        }
        return out;
    }

    /** Memory for the probabilities of a chunk. */
    Tensor room(int rows) {
        return backend.alloc(backend.operandType(), Math.max(1, Math.min(chunk(), rows)), weight.rows());
    }

    Tensor weight() {
        return weight;
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

    /**
     * Sets dh, adds to the gradient of the weights or, with {@code first}, sets it; returns the log-probabilities when {@code pick}.
     *
     * @param kept the probabilities of the first chunk, which are overwritten; or null
     */
    double[] backward(Tensor dh, Tensor h, int[] targets, double[] c, boolean pick, boolean first, Tensor kept) {
        double[] out = pick ? new double[h.rows()] : null;
        try (Tensor buffer = kept == null ? room(h.rows()) : kept.rows(0, kept.rows()); Tensor w = backend.operand(weight)) {
            chunks(h.rows(), (from, n) -> {
                Part rows = new Part(dh.rows(from, n), h.rows(from, n), slice(targets, from, n), c, from);
                Tensor p = buffer.rows(0, n);
                if (kept == null || from > 0) {
                    backend.headSoftmax(p, rows.h, w, rows.ids, out, from);
                    if (out != null) {
                        underflown(rows.h, rows.ids, out, from);
                    }
                }
                backward(rows, w, p, first && from == 0);
            });
        }
        return out;
    }

    /** Where nothing flows through the head, gradients that hold nothing yet become 0. */
    void clearGradient() {
        if (gradient != null) {
            backend.fill(gradient, 0f);
        }
    }

    /** Rows of a chunk, which start at {@code from}. */
    private record Part(Tensor dh, Tensor h, int[] ids, double[] c, int from) {}

    private void backward(Part rows, Tensor w, Tensor p, boolean set) {
        int n = rows.ids.length;
        float[] plus = new float[n];
        float[] minus = new float[n];
        for (int i = 0; i < n; i++) {
            plus[i] = (float) rows.c[rows.from + i];
            minus[i] = -plus[i];
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
