package org.align4j.core.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;
import org.align4j.core.testing.TinyModels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DropoutTest {
    private static final int ROWS = 700;
    private static final int COLS = 401;

    private static float[] mask(String module, double p, long[] keys) {
        try (Backend b = TinyModels.backend("onednn"); Tensor x = b.alloc(keys.length, COLS)) {
            b.fill(x, 1f);
            new Dropout(module, p).apply(b, x, keys);
            float[] v = new float[keys.length * COLS];
            b.download(x, v, 0);
            return v;
        }
    }

    private static long[] keys() {
        return new SplittableRandom(1).longs(ROWS).toArray();
    }

    /** Five standard deviations of a binomial count; kept values keep the mean. */
    @ParameterizedTest
    @ValueSource(doubles = {0.05, 0.1, 0.5, 0.9})
    void dropsTheAskedFractionAndScalesTheRest(double p) {
        float[] v = mask("q", p, keys());
        int dropped = 0;
        double sum = 0;
        for (float x : v) {
            dropped += x == 0 ? 1 : 0;
            sum += x;
            assertTrue(x == 0 || Math.abs(x - 1 / (1 - p)) < 1e-3, "kept values are 1/(1 − p)");
        }
        double deviation = Math.sqrt(p * (1 - p) / v.length);
        assertEquals(p, (double) dropped / v.length, 5 * deviation + 1e-5);
        assertEquals(1, sum / v.length, 5 * deviation / (1 - p) + 1e-5);
    }

    /** As two independent masks would: both drop p² of the values, within five standard deviations. */
    @Test
    void rowsColumnsAndLayersAreIndependent() {
        float[] q = mask("model.layers.0.self_attn.q_proj", 0.5, keys());
        float[] k = mask("model.layers.0.self_attn.k_proj", 0.5, keys());
        int layers = 0;
        int columns = 0;
        int rows = 0;
        for (int i = 0; i + COLS < q.length; i++) {
            layers += q[i] == 0 && k[i] == 0 ? 1 : 0;
            columns += q[i] == 0 && q[i + 1] == 0 ? 1 : 0;
            rows += q[i] == 0 && q[i + COLS] == 0 ? 1 : 0;
        }
        double n = q.length - COLS;
        for (int both : new int[] {layers, columns, rows}) {
            assertEquals(0.25, both / n, 5 * Math.sqrt(0.25 * 0.75 / n));
        }
    }

    @Test
    void aRowKeepsItsMaskWhereverItStands() {
        long[] keys = keys();
        float[] whole = mask("q", 0.3, keys);
        float[] one = mask("q", 0.3, new long[] {keys[650]});
        assertArrayEquals(java.util.Arrays.copyOfRange(whole, 650 * COLS, 651 * COLS), one);
        assertFalse(new Dropout("q", 0.3).active(null));
        assertFalse(new Dropout("q", 0).active(keys));
    }
}
