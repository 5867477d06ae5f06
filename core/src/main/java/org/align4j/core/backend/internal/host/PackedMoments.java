package org.align4j.core.backend.internal.host;

import java.util.Arrays;
import org.align4j.core.backend.MomentType;

/**
 * Moments of AdamW in fewer than 32 bits, in rows of words of 1024 values each, rounded at random so that the mean is kept
 * (a second moment moves by a thousandth of itself per update, far less than the step between two codes; rounded to the nearest it would stand still).
 *
 * <p><b>bfloat16</b>, 512 words: word j holds value j in its low and value 512 + j in its high half.
 *
 * <p><b>8 bits</b>, 257 words: byte k of word j holds the code of value 256k + j, the last word a float32 scale s. A first moment is
 * s·u·|u| with u = code − 128, a second moment (s·(code + ½))⁴. The largest value of a row gives s. So the steps are finer where values are small,
 * as in the blockwise dynamic code of Dettmers et al., <a href="https://arxiv.org/abs/2110.02861">8-bit Optimizers via Block-wise Quantization</a>
 * (2021), but need no table; and no second moment is read as zero unless all of its row are: the update divides by its root.
 *
 * <p>All loops are of a shape that the just-in-time compiler turns into vector instructions.
 */
public final class PackedMoments {
    static final int VALUES = MomentType.VALUES;
    private static final int HALF_WORDS = VALUES / 2;
    private static final int BYTE_WORDS = VALUES / 4 + 1;

    private static final int QUARTER = VALUES / 4;
    /** Added to a small float, leaves its rounded value in the low bits. */
    private static final float ROUND = 12582912f;
    private static final int ROUND_BITS = 0x4B400000;
    /** The largest |u|, short of 127 so that rounding up stays within a byte. */
    private static final float TOP_FIRST = 126.9f;
    /** The largest code + ½ of a second moment, for the same reason. */
    private static final float TOP_SECOND = 255.4375f;
    /** First moments below this are zero: their squares have left float32 long before. */
    private static final float NOTHING = 1e-30f;

    /** 0, 1, 2 …: Java 17 has no vectors of a loop's own counter. */
    private static final int[] INDEX = new int[VALUES];

    static {
        Arrays.setAll(INDEX, i -> i);
    }

    private PackedMoments() {}

    /** The first n values of a moment that is held elsewhere as rows of these words. */
    public static float[] unpack(int width, boolean second, int[] words, int n) {
        float[] values = new float[n];
        float[] row = new float[VALUES];
        for (int at = 0; at < n; at += VALUES) {
            int start = at / VALUES * width;
            unpack(width, second, Arrays.copyOfRange(words, start, start + width), row);
            System.arraycopy(row, 0, values, at, Math.min(VALUES, n - at));
        }
        return values;
    }

    /** The words of a moment that is held elsewhere. */
    public static int[] pack(int width, boolean second, float[] values, long noise) {
        int[] words = new int[(int) MomentType.rows(values.length) * width];
        int[] row = new int[width];
        int[] random = new int[VALUES];
        for (int at = 0; at < values.length; at += VALUES) {
            random(noise, at, random);
            pack(width, second, Arrays.copyOfRange(values, at, at + VALUES), row, random);
            System.arraycopy(row, 0, words, at / VALUES * width, width);
        }
        return words;
    }

    /**
     * Reads a row.
     *
     * @param width  words of a row ({@link MomentType#words()})
     * @param second whether they are second moments
     */
    static void unpack(int width, boolean second, int[] words, float[] values) {
        Bits bits = Bits.ofThread();
        if (width == HALF_WORDS) {
            openHalves(words, bits.words);
            bits.toFloats(values);
            return;
        }
        openBytes(words, bits.words);
        bits.toFloats(values);
        float scale = Float.intBitsToFloat(words[VALUES / 4]);
        if (second) {
            openSecond(values, scale);
        } else {
            openFirst(values, scale);
        }
    }

    /**
     * Writes a row; of 8 bits the values are spoiled.
     *
     * @param random see {@link #random}: low halves are for first moments, high halves for second ones
     */
    static void pack(int width, boolean second, float[] values, int[] words, int[] random) {
        Bits bits = Bits.ofThread();
        int shift = second ? 16 : 0;
        if (width == HALF_WORDS) {
            bits.toWords(values);
            roundHalves(bits.words, random, shift);
            closeHalves(bits.words, words);
            return;
        }
        float[] chance = Stage.array(4, VALUES);
        chances(bits.words, random, shift);
        bits.toFloats(chance);
        float largest = largest(values);
        float scale;
        if (second) {
            scale = (float) Math.sqrt(Math.sqrt(largest)) / TOP_SECOND;
            closeSecond(values, chance, scale > 0 ? 1 / scale : 0);
        } else {
            scale = largest < NOTHING ? 0 : largest / (TOP_FIRST * TOP_FIRST);
            closeFirst(values, chance, scale > 0 ? 1 / scale : 0);
        }
        bits.toWords(values);
        closeBytes(bits.words, words);
        words[VALUES / 4] = Float.floatToRawIntBits(scale);
    }

    /**
     * 32 random bits for each value of a row, which follow from the noise and the value's index alone (the mixer is Wellons' lowbias32).
     *
     * @param noise see {@link org.align4j.core.backend.AdamWStep#noise()}
     * @param first index of the first value
     */
    static void random(long noise, int first, int[] to) {
        int[] index = INDEX;
        int low = (int) noise + first;
        int high = (int) (noise >>> 32);
        for (int i = 0; i < VALUES; i++) {
            int x = index[i] + low ^ high;
            x = (x ^ x >>> 16) * 0x7feb352d;
            x = (x ^ x >>> 15) * 0x846ca68b;
            to[i] = x ^ x >>> 16;
        }
    }

    /** Bits of floats from 1 to 2, evenly spread. */
    private static void chances(int[] to, int[] random, int shift) {
        for (int i = 0; i < VALUES; i++) {
            to[i] = 0x3F800000 | (random[i] >>> shift & 0xffff) << 7;
        }
    }

    private static void roundHalves(int[] bits, int[] random, int shift) {
        for (int i = 0; i < VALUES; i++) {
            bits[i] += random[i] >>> shift & 0xffff;
        }
    }

    private static void openHalves(int[] words, int[] bits) {
        for (int i = 0; i < HALF_WORDS; i++) {
            bits[i] = words[i] << 16;
        }
        for (int i = 0; i < HALF_WORDS; i++) {
            bits[HALF_WORDS + i] = words[i] & 0xffff0000;
        }
    }

    private static void closeHalves(int[] bits, int[] words) {
        for (int i = 0; i < HALF_WORDS; i++) {
            words[i] = bits[i] >>> 16 | bits[HALF_WORDS + i] & 0xffff0000;
        }
    }

    /** Codes as the bits of the floats 2²³ + code. */
    private static void openBytes(int[] words, int[] bits) {
        for (int i = 0; i < QUARTER; i++) {
            bits[i] = words[i] & 0xff | 0x4B000000;
        }
        for (int i = 0; i < QUARTER; i++) {
            bits[QUARTER + i] = words[i] >>> 8 & 0xff | 0x4B000000;
        }
        for (int i = 0; i < QUARTER; i++) {
            bits[2 * QUARTER + i] = words[i] >>> 16 & 0xff | 0x4B000000;
        }
        for (int i = 0; i < QUARTER; i++) {
            bits[3 * QUARTER + i] = words[i] >>> 24 | 0x4B000000;
        }
    }

    private static void closeBytes(int[] bits, int[] words) {
        for (int i = 0; i < QUARTER; i++) {
            words[i] = bits[i] - ROUND_BITS | bits[QUARTER + i] - ROUND_BITS << 8 | bits[2 * QUARTER + i] - ROUND_BITS << 16
                    | bits[3 * QUARTER + i] - ROUND_BITS << 24;
        }
    }

    private static void openFirst(float[] x, float scale) {
        for (int i = 0; i < VALUES; i++) {
            float u = x[i] - (8388608f + 128f);
            x[i] = scale * u * Math.abs(u);
        }
    }

    private static void openSecond(float[] x, float scale) {
        for (int i = 0; i < VALUES; i++) {
            float y = scale * (x[i] - 8388608f + 0.5f);
            y = y * y;
            x[i] = y * y;
        }
    }

    private static void closeFirst(float[] x, float[] random, float inverse) {
        for (int i = 0; i < VALUES; i++) {
            float z = x[i] * inverse;
            x[i] = z / (float) Math.sqrt(Math.abs(z) + NOTHING) + 128f + (random[i] - 1.5f) + ROUND;
        }
    }

    private static void closeSecond(float[] x, float[] random, float inverse) {
        for (int i = 0; i < VALUES; i++) {
            float root = (float) Math.sqrt(x[i]);
            float y = (float) Math.sqrt(root) * inverse;
            x[i] = Math.max(y - 0.5f, 0f) + (random[i] - 1.5f) + ROUND;
        }
    }

    /** The largest magnitude of a row, to rounding. */
    private static float largest(float[] x) {
        float[] low = Stage.array(5, VALUES / 2);
        float[] high = Stage.array(6, VALUES / 2);
        System.arraycopy(x, 0, low, 0, VALUES / 2);
        System.arraycopy(x, VALUES / 2, high, 0, VALUES / 2);
        for (int n = VALUES / 2; ; n /= 2) {
            larger(low, high, n);
            if (n == 32) {
                break;
            }
            System.arraycopy(low, n / 2, high, 0, n / 2);
        }
        float most = 0;
        for (int i = 0; i < 32; i++) {
            most = low[i] > most ? low[i] : most;
        }
        return most;
    }

    /** max(|a|, |b|) = (|a| + |b| + ||a| − |b||)/2, which is cheaper in vectors than a maximum that minds NaN. */
    private static void larger(float[] a, float[] b, int n) {
        for (int i = 0; i < n; i++) {
            float p = Math.abs(a[i]);
            float q = Math.abs(b[i]);
            a[i] = 0.5f * (p + q + Math.abs(p - q));
        }
    }
}
