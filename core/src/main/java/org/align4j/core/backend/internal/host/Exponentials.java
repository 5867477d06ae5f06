package org.align4j.core.backend.internal.host;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Many exponentials at once, in loops that the just-in-time compiler turns into vector instructions: e^v = 2^k·e^r with k a whole number and
 * |r| ≤ ln 2 / 2, e^r by its Taylor series. A result is off by a few roundings of float32, and by |v| roundings where v itself was rounded.
 */
public final class Exponentials {
    private static final int PIECE = 1024;
    /** Added and taken away again, rounds to a whole number, which stands in the lowest bits in between. */
    private static final float ROUNDING = 12582912f;
    /** Below this, e^v leaves the normal numbers of float32; it counts as zero. */
    private static final float LOWEST = -87f;

    private static final ThreadLocal<Exponentials> MINE = ThreadLocal.withInitial(Exponentials::new);

    private final float[] exponents = new float[PIECE];
    private final float[] rounded = new float[PIECE];
    private final float[] powers = new float[PIECE];
    private final float[] results = new float[PIECE];
    private final int[] words = new int[PIECE];
    private final IntBuffer ints;
    private final FloatBuffer floats;

    private Exponentials() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(Float.BYTES * PIECE).order(ByteOrder.nativeOrder());
        ints = bytes.asIntBuffer();
        floats = bytes.asFloatBuffer();
    }

    /**
     * to[at + i] ← e^((x[from + i] − max)·factor) for i &lt; n, where nothing exceeds {@code max}. What would be less than e^−87 comes out as about that.
     * {@code to} may be x.
     */
    public static void run(float[] x, int from, int n, float max, float factor, float[] to, int at) {
        Exponentials mine = MINE.get();
        for (int done = 0; done < n; done += PIECE) {
            int count = Math.min(PIECE, n - done);
            mine.piece(x, from + done, count, max, factor);
            System.arraycopy(mine.results, 0, to, at + done, count);
        }
    }

    private void piece(float[] x, int from, int n, float max, float factor) {
        shift(x, from, n, max, factor, exponents);
        round(exponents, rounded, n);
        series(exponents, rounded, results, n);
        floats.put(0, rounded, 0, n);
        ints.get(0, words, 0, n);
        powersOfTwo(words, n);
        ints.put(0, words, 0, n);
        floats.get(0, powers, 0, n);
        multiply(results, powers, n);
    }

    private static void shift(float[] x, int from, int n, float max, float factor, float[] v) {
        for (int i = 0; i < n; i++) {
            v[i] = Math.max((x[from + i] - max) * factor, LOWEST);
        }
    }

    private static void round(float[] v, float[] k, int n) {
        for (int i = 0; i < n; i++) {
            k[i] = v[i] * 1.44269504f + ROUNDING;
        }
    }

    private static void series(float[] v, float[] rounded, float[] e, int n) {
        for (int i = 0; i < n; i++) {
            float k = rounded[i] - ROUNDING;
            float r = v[i] - k * 0.693359375f + k * 2.12194440e-4f;
            e[i] = 1f + r * (1f + r * (0.5f + r * (1 / 6f + r * (1 / 24f + r * (1 / 120f + r * (1 / 720f + r * (1 / 5040f)))))));
        }
    }

    /** From the bits of a number with {@link #ROUNDING} added to those of two to its power. */
    private static void powersOfTwo(int[] words, int n) {
        for (int i = 0; i < n; i++) {
            words[i] = (words[i] << 23) + 0x3f800000;
        }
    }

    private static void multiply(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            x[i] *= y[i];
        }
    }
}
