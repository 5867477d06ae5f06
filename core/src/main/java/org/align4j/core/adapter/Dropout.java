package org.align4j.core.adapter;

import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;

/**
 * Dropout whose masks are a function of a row's name, a layer and a column: the same wherever the row stands in a batch, in the backward pass as in
 * the forward pass, and after a resume. The probability is rounded to 1/65536; kept values are divided by the probability of keeping.
 */
final class Dropout {
    private static final int STEPS = 1 << 16;
    private static final int PIECE = 1 << 18;
    private final long layer;
    private final int threshold;

    Dropout(String module, double probability) {
        long h = 0;
        for (int i = 0; i < module.length(); i++) {
            h = mix(h ^ module.charAt(i));
        }
        layer = h;
        threshold = (int) Math.round(probability * STEPS);
    }

    boolean active(long[] keys) {
        return keys != null && threshold > 0;
    }

    /** x ← x ∘ mask. */
    void apply(Backend b, Tensor x, long[] keys) {
        int rows = Math.max(1, PIECE / x.cols());
        float[] values = new float[Math.min(rows, x.rows()) * x.cols()];
        try (Tensor mask = b.alloc(Math.min(rows, x.rows()), x.cols())) {
            for (int from = 0; from < x.rows(); from += rows) {
                int n = Math.min(rows, x.rows() - from);
                for (int i = 0; i < n; i++) {
                    fill(values, i * x.cols(), x.cols(), mix(keys[from + i] ^ layer));
                }
                b.upload(mask.rows(0, n), values, 0);
                b.multiply(x.rows(from, n), mask.rows(0, n));
            }
        }
    }

    /** One hash gives the masks of four values. */
    private void fill(float[] mask, int at, int count, long row) {
        float kept = (float) STEPS / (STEPS - threshold);
        long h = 0;
        for (int c = 0; c < count; c++) {
            h = c % 4 == 0 ? mix(row + (c / 4 + 1) * 0x9E3779B97F4A7C15L) : h >>> 16;
            mask[at + c] = (h & STEPS - 1) < threshold ? 0f : kept;
        }
    }

    /** The finaliser of SplitMix64. */
    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
