package org.align4j.core.quant;

import java.util.Arrays;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.host.Workers;

/**
 * A matrix in four-bit NormalFloat with double quantisation (<a href="https://arxiv.org/abs/2305.14314">Dettmers et al., QLoRA</a>).
 *
 * <p>The values, row after row, are cut into blocks of {@value #BLOCK}; a block has the scale c = max |w|, and a value w the index of the level
 * nearest to w/c, the lower one of two as near. Scales are quantised in turn: less their mean over the matrix, in groups of {@value #GROUP} blocks,
 * each as a whole number k from −127 to 127 of steps of (largest magnitude in the group)/127. A value reads as max(0, mean + k·step)·level.
 *
 * <p>In memory: value i has the low four bits of byte i/2 of the codes when i is even, the high four when it is odd; one byte of k per block, one
 * float32 step per group, one float32 mean. That is 4 + 8/64 + 32/(64·256) = 4.127 bits a value. The last block and group may be shorter.
 */
public final class Nf4Matrix implements Matrix {
    /** Values that share a scale. */
    public static final int BLOCK = 64;
    /** Scales that share a step. */
    public static final int GROUP = 256;
    private static final int STEPS = 127;
    private static final int PIECE = 1 << 20;
    private static final float[] LEVELS = {-1f, -0.6961928f, -0.52507305f, -0.3949175f, -0.28444138f, -0.18477343f, -0.091050036f, 0f, 0.0795803f, 0.1609302f,
        0.2461123f, 0.33791524f, 0.44070983f, 0.562617f, 0.72295684f, 1f};
    /** Halfway from each level to the next. */
    private static final double[] BETWEEN = new double[LEVELS.length - 1];

    static {
        for (int i = 0; i < BETWEEN.length; i++) {
            BETWEEN[i] = ((double) LEVELS[i] + LEVELS[i + 1]) / 2;
        }
    }

    private final int rows;
    private final int cols;
    private final byte[] codes;
    private final byte[] scales;
    private final float[] steps;
    private final float mean;

    private Nf4Matrix(int rows, int cols, byte[] codes, byte[] scales, float[] steps, float mean) {
        this.rows = rows;
        this.cols = cols;
        this.codes = codes;
        this.scales = scales;
        this.steps = steps;
        this.mean = mean;
    }

    /** The sixteen levels, ascending. */
    public static float[] levels() {
        return LEVELS.clone();
    }

    /**
     * Quantises values given row after row.
     *
     * @throws IllegalArgumentException where there are not rows · cols of them, or one is not finite
     */
    public static Nf4Matrix of(float[] values, int rows, int cols) {
        if (rows < 1 || cols < 1 || values.length != (long) rows * cols) {
            throw new IllegalArgumentException("A matrix of " + rows + "×" + cols + " needs as many values, found " + values.length);
        }
        int blocks = (values.length + BLOCK - 1) / BLOCK;
        float[] largest = new float[blocks];
        byte[] codes = new byte[(values.length + 1) / 2];
        Workers.parallel(blocks, 256, (from, to) -> {
            for (int b = from; b < to; b++) {
                largest[b] = encode(values, b * BLOCK, Math.min(values.length, (b + 1) * BLOCK), codes);
            }
        });
        double sum = 0;
        for (float c : largest) {
            if (!Float.isFinite(c)) {
                throw new IllegalArgumentException("A value that is not finite cannot be quantised");
            }
            sum += c;
        }
        float mean = (float) (sum / blocks);
        byte[] scales = new byte[blocks];
        float[] steps = new float[(blocks + GROUP - 1) / GROUP];
        for (int g = 0; g < steps.length; g++) {
            int end = Math.min(blocks, (g + 1) * GROUP);
            float widest = 0;
            for (int b = g * GROUP; b < end; b++) {
                widest = Math.max(widest, Math.abs(largest[b] - mean));
            }
            steps[g] = widest / STEPS;
            for (int b = g * GROUP; b < end; b++) {
                long k = steps[g] == 0 ? 0 : Math.round(((double) largest[b] - mean) / steps[g]);
                scales[b] = (byte) Math.max(-STEPS, Math.min(STEPS, k));
            }
        }
        return new Nf4Matrix(rows, cols, codes, scales, steps, mean);
    }

    /** Sets the codes of a block and returns its scale, NaN where a value is. */
    private static float encode(float[] values, int from, int to, byte[] codes) {
        float c = 0;
        for (int i = from; i < to; i++) {
            c = Math.max(c, Math.abs(values[i]));
        }
        for (int i = from; i < to; i++) {
            int code = nearest(c == 0 ? 0 : (double) values[i] / c);
            codes[i / 2] |= (byte) (i % 2 == 0 ? code : code << 4);
        }
        return c;
    }

    private static int nearest(double x) {
        int at = Arrays.binarySearch(BETWEEN, x);
        return at >= 0 ? at : -at - 1;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int cols() {
        return cols;
    }

    /** Bytes held. */
    public long bytes() {
        return bytes((long) rows * cols);
    }

    /** Bytes that a matrix of so many values takes. */
    public static long bytes(long values) {
        long blocks = (values + BLOCK - 1) / BLOCK;
        return (values + 1) / 2 + blocks + 4 * ((blocks + GROUP - 1) / GROUP) + 4;
    }

    /** The scale of a block as it reads. */
    float scale(int block) {
        return Math.max(0f, mean + scales[block] * steps[block / GROUP]);
    }

    /** Index of the level of a value. */
    int code(int i) {
        return i % 2 == 0 ? codes[i / 2] & 15 : codes[i / 2] >> 4 & 15;
    }

    /** Copies {@code count} values from {@code offset} on to the start of {@code dst}. */
    public void read(long offset, float[] dst, int count) {
        if (offset < 0 || count < 0 || offset + count > (long) rows * cols) {
            throw new IndexOutOfBoundsException("Values " + offset + " to " + (offset + count) + " of " + (long) rows * cols);
        }
        int first = (int) offset;
        int blocks = count == 0 ? 0 : (first + count - 1) / BLOCK - first / BLOCK + 1;
        Workers.parallel(blocks, 256, (from, to) -> {
            float[] table = new float[LEVELS.length];
            for (int b = first / BLOCK + from; b < first / BLOCK + to; b++) {
                float c = scale(b);
                for (int l = 0; l < table.length; l++) {
                    table[l] = c * LEVELS[l];
                }
                int end = Math.min(first + count, (b + 1) * BLOCK);
                for (int i = Math.max(first, b * BLOCK); i < end; i++) {
                    dst[i - first] = table[code(i)];
                }
            }
        });
    }

    @Override
    public void write(Backend b, Tensor to) {
        int size = rows * cols;
        float[] piece = new float[Math.min(PIECE, size)];
        for (int at = 0; at < size; at += piece.length) {
            int n = Math.min(piece.length, size - at);
            read(at, piece, n);
            b.upload(to.flat(at, 1, n), piece, 0);
        }
    }
}
