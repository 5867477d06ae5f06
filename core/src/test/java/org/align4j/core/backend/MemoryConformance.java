package org.align4j.core.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

interface MemoryConformance extends Conformance {

    @Test
    default void uploadsAndDownloads() {
        RandomGenerator rng = Conformance.random(16);
        try (Backend b = open(Precision.FP32)) {
            Conformance.sizes((rows, cols) -> placements(b, lab -> {
                Mat x = Mat.random(rng, rows, cols);
                float[] padded = new float[rows * cols + 9];
                System.arraycopy(x.floats(), 0, padded, 4, rows * cols);
                for (DType type : new DType[] {DType.F32, DType.BF16}) {
                    Tensor t = lab.put(type, Mat.zeros(rows, cols));
                    b.upload(t, padded, 4);
                    float[] back = new float[padded.length];
                    b.download(t, back, 2);
                    float[] expected = new float[padded.length];
                    System.arraycopy((type == DType.BF16 ? x.bf16() : x).floats(), 0, expected, 2, rows * cols);
                    assertArrayEquals(expected, back, type + " " + rows + "×" + cols);
                }
                Tensor f = lab.out(rows, cols);
                b.fill(f, 2.5f);
                Lab.same("fill", Mat.zeros(rows, cols).plus(2.5), lab.get(f));
            }));
        }
    }

    @Test
    default void copies() {
        RandomGenerator rng = Conformance.random(17);
        try (Backend b = open(Precision.FP32)) {
            Conformance.sizes((rows, cols) -> {
                for (DType from : new DType[] {DType.F32, DType.BF16}) {
                    for (DType to : new DType[] {DType.F32, DType.BF16}) {
                        placementsOrRefusal(b, lab -> {
                            Mat x = Mat.random(rng, rows, cols);
                            Tensor dst = lab.put(to, Mat.zeros(rows, cols));
                            b.copy(dst, lab.put(from, x));
                            Lab.same(from + " to " + to, from == to && to == DType.F32 ? x : x.bf16(), lab.get(dst));
                        });
                    }
                }
            });
        }
    }

    /** Every bfloat16 value, the ties above it and their neighbours: to nearest, ties to even, and NaN stays NaN. */
    @Test
    default void everyBfloat16RoundsToNearestEven() {
        int[] below = {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff};
        float[] x = new float[65_536 * below.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = Float.intBitsToFloat(i / below.length << 16 | below[i % below.length]);
        }
        Mat m = Mat.of(65_536, below.length, x);
        float[] expected = m.bf16().floats();
        try (Backend b = open(Precision.BF16); Tensor f = b.alloc(65_536, below.length);
                Tensor h = b.alloc(DType.BF16, 65_536, below.length); Tensor back = b.alloc(65_536, below.length)) {
            float[] found = new float[x.length];
            b.upload(h, x, 0);
            b.download(h, found, 0);
            bits("upload", x, expected, found);
            b.upload(f, x, 0);
            b.fill(back, 0);
            b.copy(h, f);
            b.copy(back, h);
            b.download(back, found, 0);
            bits("copy", x, expected, found);
            b.gather(back, f, java.util.stream.IntStream.range(0, 65_536).toArray(), 1f);
            b.download(back, found, 0);
            bits("gather", x, expected, found);
        }
    }

    /** Processors with AVX512-BF16 take subnormal numbers for zeros when they convert. */
    private static void bits(String what, float[] x, float[] expected, float[] found) {
        for (int i = 0; i < x.length; i++) {
            boolean same = Float.isNaN(expected[i]) ? Float.isNaN(found[i])
                    : Float.floatToRawIntBits(expected[i]) == Float.floatToRawIntBits(found[i])
                    || Math.abs(x[i]) < Float.MIN_NORMAL && Float.floatToRawIntBits(found[i]) == Float.floatToRawIntBits(Math.copySign(0f, x[i]));
            int at = i;
            assertTrue(same, () -> what + " rounded " + Integer.toHexString(Float.floatToRawIntBits(x[at])) + " to " + found[at] + ", not "
                    + expected[at]);
        }
    }

    @Test
    default void theSameShapesAgainAllocateNothing() {
        try (Backend b = open(Precision.FP32)) {
            int[][] shapes = {{17, 31}, {17, 31}, {1, 1}, {257, 100}};
            long reserved = round(b, shapes);
            assertTrue(reserved >= 4 * (2 * 17 * 31 + 1 + 25_700), "reserved " + reserved);
            for (int i = 0; i < 5; i++) {
                assertEquals(reserved, round(b, shapes));
            }
            b.trim();
            assertEquals(0, b.memory().reserved());
            assertEquals(reserved, round(b, shapes));
        }
    }

    /** Shapes that never come back, as rows of many lengths bring them: at most 256 MiB lie unused beside what was in use. */
    @Test
    default void changingShapesDoNotPileUp() {
        try (Backend b = open(Precision.FP32)) {
            long most = 0;
            for (int i = 0; i < 24; i++) {
                b.alloc(64 + i, 1 << 18).close();
                most = Math.max(most, b.memory().reserved());
            }
            assertTrue(most > 200L << 20, "reserved " + most);
            assertTrue(most <= (256L << 20) + 4L * (64 + 23 << 18), "reserved " + most);
        }
    }

    private static long round(Backend b, int[][] shapes) {
        Tensor[] t = new Tensor[shapes.length];
        for (int i = 0; i < t.length; i++) {
            t[i] = b.alloc(shapes[i][0], shapes[i][1]);
            b.fill(t[i], i);
        }
        for (Tensor x : t) {
            x.close();
        }
        assertEquals(0, b.memory().live());
        return b.memory().reserved();
    }

    /** Kernels take what they need beside their operands from the pool too, and give it back. */
    @Test
    default void kernelsKeepNothing() {
        try (Backend b = open(Precision.BF16)) {
            long[] reserved = new long[4];
            for (int i = 0; i < reserved.length; i++) {
                try (Lab lab = new Lab(b, Lab.Placement.DENSE)) {
                    Determinism.everything(lab, Conformance.random(18));
                }
                assertEquals(0, b.memory().live(), "live after kernels");
                reserved[i] = b.memory().reserved();
            }
            assertEquals(reserved[0], reserved[3]);
        }
    }

    @Test
    default void liveAndPeakAreCounted() {
        try (Backend b = open(Precision.FP32)) {
            Tensor x = b.alloc(64, 100);
            Tensor y = b.alloc(DType.BF16, 64, 100);
            assertEquals(new Backend.MemoryUse(38_400, 38_400, 38_400), b.memory());
            x.close();
            assertEquals(new Backend.MemoryUse(12_800, 38_400, 38_400), b.memory());
            b.resetPeak();
            assertEquals(12_800, b.memory().peak());
            b.trim();
            assertEquals(new Backend.MemoryUse(12_800, 12_800, 12_800), b.memory());
            y.close();
            assertEquals(new Backend.MemoryUse(0, 12_800, 12_800), b.memory());
        }
    }

    /** Closing twice, or closing a view, must not give away memory that belongs to another tensor by then. */
    @Test
    default void closingTwiceIsHarmless() {
        try (Backend b = open(Precision.FP32)) {
            Tensor first = b.alloc(8, 8);
            first.rows(0, 2).close();
            assertEquals(256, b.memory().live());
            first.close();
            first.close();
            assertEquals(0, b.memory().live());
            Tensor second = b.alloc(8, 8);
            first.close();
            assertEquals(256, b.memory().live());
            Tensor third = b.alloc(8, 8);
            assertNotSame(second.storage(), third.storage());
            third.close();
            second.close();
            assertEquals(0, b.memory().live());
        }
    }

    @Test
    default void aBackendMayBeClosedTwice() {
        Backend b = open(Precision.FP32);
        try (Tensor x = b.alloc(2, 2); Tensor y = b.alloc(2, 2)) {
            b.fill(x, 1);
            b.copy(y, x);
            b.add(x, y);
        }
        b.close();
        b.close();
    }

    @Test
    default void aClosedTensorIsRefused() {
        try (Backend b = open(Precision.FP32)) {
            Tensor x = b.alloc(8, 8);
            Tensor view = x.cols(1, 3);
            b.fill(x, 1);
            b.fill(view, 1);
            x.close();
            assertThrows(IllegalStateException.class, () -> b.fill(x, 2));
            assertThrows(IllegalStateException.class, () -> b.fill(view, 2));
            assertThrows(IllegalStateException.class, () -> b.download(x, new float[64], 0));
        }
    }

    /** A batch may have no rows of a kind; that is no work, not an error. */
    @Test
    default void emptyOperands() {
        try (Backend b = open(Precision.FP32); Lab lab = new Lab(b, Lab.Placement.DENSE)) {
            Tensor none = b.alloc(0, 16);
            Tensor w = lab.put(Mat.random(Conformance.random(19), 16, 16));
            b.matmul(b.alloc(0, 16), none, false, w, true, false);
            Mat before = lab.get(w);
            b.matmul(w, none, true, b.alloc(0, 16), false, true);
            Lab.same("a sum of nothing, added", before, lab.get(w));
            b.matmul(w, none, true, b.alloc(0, 16), false, false);
            Lab.same("a sum of nothing", Mat.zeros(16, 16), lab.get(w));
            b.scaleRows(none, new float[0]);
            b.addRowSums(w.rows(0, 1), none);
            b.scatterAdd(w, none, new int[0], null);
            b.gather(b.alloc(0, 16), w, new int[0], 1f);
            b.softmax(none);
            b.logSoftmaxPick(none, new int[0], new double[0], 0, null);
            assertEquals(0, b.sumOfSquares(none));
            Lab.same("untouched", Mat.zeros(16, 16), lab.get(w));
        }
    }
}
