package org.align4j.core.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;
import org.align4j.core.testing.TinyModels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Nf4MatrixTest {

    private static float[] random(int n, double size) {
        SplittableRandom random = new SplittableRandom(n);
        float[] v = new float[n];
        for (int i = 0; i < n; i++) {
            // Blocks of different sizes, so that scales differ.
            v[i] = (float) (size * random.nextGaussian() * (1 + i / 64 % 7));
        }
        return v;
    }

    private static float[] read(Nf4Matrix m) {
        float[] v = new float[m.rows() * m.cols()];
        m.read(0, v, v.length);
        return v;
    }

    private static float largest(float[] v, int block) {
        float c = 0;
        for (int i = block * 64; i < Math.min(v.length, block * 64 + 64); i++) {
            c = Math.max(c, Math.abs(v[i]));
        }
        return c;
    }

    /** The levels as published, to seven digits, and their code for every value by trying all sixteen. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 5, 0.02", "40, 40, 0.02", "129, 257, 0.02", "64, 64, 1e30", "64, 64, 1e-36"})
    void everyValueHasTheNearestLevel(int rows, int cols, double size) {
        double[] published = {-1, -0.6961928, -0.5250731, -0.3949175, -0.2844414, -0.1847734, -0.0910500, 0, 0.0795803, 0.1609302, 0.2461123, 0.3379152, 0.4407098,
            0.5626170, 0.7229568, 1};
        float[] levels = Nf4Matrix.levels();
        for (int l = 0; l < 16; l++) {
            assertEquals(published[l], levels[l], 6e-8);
        }
        float[] v = random(rows * cols, size);
        Nf4Matrix m = Nf4Matrix.of(v, rows, cols);
        float[] back = read(m);
        double halfGap = (levels[1] - levels[0]) / 2.0;
        for (int i = 0; i < v.length; i++) {
            double c = largest(v, i / 64);
            double x = v[i] / c;
            double best = Double.MAX_VALUE;
            for (float level : levels) {
                best = Math.min(best, Math.abs(x - level));
            }
            assertEquals(best, Math.abs(x - levels[m.code(i)]), 1e-15, "value " + i);
            assertTrue(best <= halfGap + 1e-12);
            double scale = m.scale(i / 64);
            assertEquals(scale * levels[m.code(i)], back[i], 1e-6 * c);
            assertTrue(Math.abs(back[i] - v[i]) <= halfGap * c + Math.abs(scale - c) + 1e-6 * c, "value " + i);
        }
    }

    /** A scale is off by half a step of its group at most, besides float32 rounding. */
    @Test
    void scalesAreNearTheLargestOfTheirBlocks() {
        float[] v = random(64 * 700, 0.02);
        Nf4Matrix m = Nf4Matrix.of(v, 700, 64);
        double mean = 0;
        for (int b = 0; b < 700; b++) {
            mean += largest(v, b) / 700;
        }
        double worst = 0;
        for (int g = 0; g < 3; g++) {
            double widest = 0;
            for (int b = g * 256; b < Math.min(700, g * 256 + 256); b++) {
                widest = Math.max(widest, Math.abs(largest(v, b) - mean));
            }
            for (int b = g * 256; b < Math.min(700, g * 256 + 256); b++) {
                double off = Math.abs(m.scale(b) - largest(v, b));
                assertTrue(off <= widest / 254 * (1 + 1e-4), "block " + b);
                worst = Math.max(worst, off / largest(v, b));
            }
        }
        assertTrue(worst > 1e-4, "scales are themselves rounded, by " + worst);
    }

    /** What has been read and is quantised again keeps every code; scales move by half a step at most. */
    @Test
    void quantisingAgainKeepsTheCodes() {
        float[] v = random(128 * 300, 0.02);
        Nf4Matrix once = Nf4Matrix.of(v, 128, 300);
        float[] first = read(once);
        Nf4Matrix twice = Nf4Matrix.of(first, 128, 300);
        for (int i = 0; i < v.length; i++) {
            assertEquals(once.code(i), twice.code(i), "value " + i);
        }
        double widest = 0;
        for (int b = 0; b < 600; b++) {
            widest = Math.max(widest, largest(first, b));
        }
        for (int b = 0; b < 600; b++) {
            assertEquals(once.scale(b), twice.scale(b), widest / 254, "block " + b);
        }
    }

    /** What the levels are for: less error on normal weights than sixteen even steps over the same range. */
    @Test
    void normalWeightsLoseLessThanInEvenSteps() {
        SplittableRandom random = new SplittableRandom(1);
        float[] v = new float[64 * 4096];
        for (int i = 0; i < v.length; i++) {
            v[i] = (float) random.nextGaussian();
        }
        float[] back = read(Nf4Matrix.of(v, 4096, 64));
        double nf4 = 0;
        double even = 0;
        for (int i = 0; i < v.length; i++) {
            double step = 2.0 * largest(v, i / 64) / 15;
            nf4 += Math.pow(back[i] - v[i], 2) / v.length;
            even += step * step / 12 / v.length;
        }
        assertTrue(Math.sqrt(nf4) < 0.96 * Math.sqrt(even), Math.sqrt(nf4) + " against " + Math.sqrt(even));
    }

    @Test
    void aValueTakesFourPointOneBits() {
        Nf4Matrix m = Nf4Matrix.of(random(1024 * 1024, 1), 1024, 1024);
        assertEquals(4 + 8.0 / 64 + 32.0 / (64 * 256), 8.0 * (m.bytes() - 4) / (1024 * 1024), 0.0);
        assertEquals(4.127, 8.0 * m.bytes() / (1024 * 1024), 5e-4);
    }

    @Test
    void extremesAreKept() {
        float[] v = new float[64 * 5];
        v[64] = -3;
        v[65] = 3;
        v[130] = Float.MIN_VALUE;
        java.util.Arrays.fill(v, 192, 256, 0.5f);
        v[300] = 1e-12f;
        float[] back = read(Nf4Matrix.of(v, 5, 64));
        for (int i = 0; i < 64; i++) {
            assertEquals(0f, back[i], "a block of zeros stays zero");
        }
        assertEquals(-3, back[64], 3e-2);
        assertEquals(-back[64], back[65]);
        assertEquals(0.5, back[192], 3e-2);
        for (int i = 128; i < 192; i++) {
            assertEquals(0, back[i], 3e-2);
            assertTrue(back[i] >= 0, "a scale is never negative");
        }
    }

    @ParameterizedTest
    @CsvSource({"onednn", "nd4j"})
    void opensAsATensorAndReadsFromAnywhere(String backend) {
        float[] v = random(33 * 71, 1);
        Nf4Matrix m = Nf4Matrix.of(v, 33, 71);
        float[] whole = read(m);
        float[] found = new float[whole.length];
        try (Backend b = TinyModels.backend(backend); Tensor t = m.open(b); Tensor two = Matrix.stacked(java.util.List.of(m, m)).open(b)) {
            b.download(t, found, 0);
            assertArrayEquals(whole, found);
            b.download(two.rows(33, 33), found, 0);
            assertArrayEquals(whole, found);
        }
        for (int[] range : new int[][] {{0, 1}, {63, 2}, {100, 0}, {70, 500}, {33 * 71 - 3, 3}}) {
            float[] part = new float[range[1]];
            m.read(range[0], part, range[1]);
            assertArrayEquals(java.util.Arrays.copyOfRange(whole, range[0], range[0] + range[1]), part);
        }
        assertThrows(IndexOutOfBoundsException.class, () -> m.read(33 * 71 - 3, new float[4], 4));
        assertThrows(IllegalArgumentException.class, () -> Nf4Matrix.of(new float[5], 2, 3));
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class, () -> Nf4Matrix.of(new float[] {1, bad}, 1, 2));
        }
    }
}
