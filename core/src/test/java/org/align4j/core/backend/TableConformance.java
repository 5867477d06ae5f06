package org.align4j.core.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

interface TableConformance extends Conformance {

    private static int[] ids(RandomGenerator rng, int count, int bound) {
        int[] ids = rng.ints(count, 0, bound).toArray();
        ids[0] = bound - 1;
        return ids;
    }

    private static Mat pick(Mat table, int[] ids) {
        Mat out = Mat.zeros(ids.length, table.cols());
        for (int i = 0; i < ids.length; i++) {
            for (int c = 0; c < table.cols(); c++) {
                out.set(i, c, table.get(ids[i], c));
            }
        }
        return out;
    }

    /** Entries come as they are, but as bfloat16 from such a table and under that precision; the scale costs one rounding. */
    @Test
    default void gathers() {
        RandomGenerator rng = Conformance.random(7);
        for (Precision precision : Precision.values()) {
            try (Backend b = open(precision)) {
                for (int vocabulary : new int[] {1, 129}) {
                    Conformance.sizes((rows, cols) -> placements(b, lab -> {
                        Mat table = Mat.random(rng, vocabulary, cols);
                        int[] ids = ids(rng, rows, vocabulary);
                        Tensor out = lab.out(rows, cols);
                        b.gather(out, lab.put(table), ids, 1f);
                        Lab.same("gather", pick(precision == Precision.BF16 ? table.bf16() : table, ids), lab.get(out));
                        b.gather(out, lab.put(DType.BF16, table.bf16()), ids, 1f);
                        Lab.same("gather from bfloat16", pick(table.bf16(), ids), lab.get(out));
                        b.gather(out, lab.put(table.bf16()), ids, 11.3f);
                        Mat scaled = pick(table.bf16(), ids).times(11.3f);
                        Lab.close("gather with scale", scaled, lab.get(out), scaled.abs().times(U));
                        b.gatherRows(out, lab.put(table), ids);
                        Lab.same("gatherRows never rounds", pick(table, ids), lab.get(out));
                    }));
                }
            }
        }
    }

    @Test
    default void scatters() {
        RandomGenerator rng = Conformance.random(8);
        try (Backend b = open(Precision.FP32)) {
            for (int vocabulary : new int[] {1, 129}) {
                Conformance.sizes((rows, cols) -> placements(b, lab -> {
                    Mat before = Mat.random(rng, vocabulary, cols);
                    Mat x = Mat.random(rng, rows, cols);
                    int[] ids = ids(rng, rows, vocabulary);
                    float[] factors = rows % 2 == 0 ? null : Mat.random(rng, 1, rows).floats();
                    Tensor table = lab.put(before);
                    b.scatterAdd(table, lab.put(x), ids, factors);
                    Mat expected = before.map(v -> v);
                    Mat magnitude = before.abs();
                    for (int i = 0; i < rows; i++) {
                        for (int c = 0; c < cols; c++) {
                            double v = x.get(i, c) * (factors == null ? 1 : factors[i]);
                            expected.add(ids[i], c, v);
                            magnitude.add(ids[i], c, Math.abs(v));
                        }
                    }
                    Lab.close("scatterAdd of " + rows + "×" + cols + " into " + vocabulary, expected, lab.get(table),
                            magnitude.times((rows + 2) * U));
                }));
            }
        }
    }

    /** 2²⁴ + 1 + 1 is 2²⁴ in float32, 1 + 1 + 2²⁴ is 2²⁴ + 2. */
    @Test
    default void rowsAreStored() {
        RandomGenerator rng = Conformance.random(31);
        try (Backend b = open(Precision.FP32)) {
            for (Lab.Placement placement : Lab.Placement.values()) {
                try (Lab lab = new Lab(b, placement)) {
                    Mat table = Mat.random(rng, 9, 13);
                    Mat x = Mat.random(rng, 5, 13);
                    Tensor stored = lab.put(table);
                    int[] rows = {3, 4, -1, 8, 0};
                    b.storeRows(stored, lab.put(x), rows);
                    float[] expected = table.floats();
                    for (int i = 0; i < rows.length; i++) {
                        if (rows[i] >= 0) {
                            System.arraycopy(x.floats(), 13 * i, expected, 13 * rows[i], 13);
                        }
                    }
                    assertArrayEquals(expected, lab.get(stored).floats());
                    assertThrows(IndexOutOfBoundsException.class, () -> b.storeRows(stored, lab.put(x), new int[] {0, 1, 2, 3, 9}));
                    assertThrows(IndexOutOfBoundsException.class, () -> b.storeRows(stored, lab.put(x), new int[] {0, 1, 2, 3, -2}));
                    assertThrows(IllegalArgumentException.class, () -> b.storeRows(stored, lab.put(x), new int[] {0}));
                }
            }
        }
    }

    @Test
    default void repeatedIdsAddUpInOrder() {
        try (Backend b = open(Precision.FP32); Lab lab = new Lab(b, Lab.Placement.DENSE)) {
            double big = 1 << 24;
            for (double[] order : new double[][] {{big, 1, 1}, {1, 1, big}}) {
                Mat x = Mat.zeros(3, 33);
                for (int i = 0; i < x.v().length; i++) {
                    x.v()[i] = order[i / 33];
                }
                Tensor table = lab.put(Mat.zeros(5, 33));
                b.scatterAdd(table, lab.put(x), new int[] {2, 2, 2}, null);
                Mat expected = Mat.zeros(5, 33);
                for (int c = 0; c < 33; c++) {
                    expected.set(2, c, order[0] == big ? big : big + 2);
                }
                Lab.same("scatterAdd in order", expected, lab.get(table));
            }
        }
    }

    @Test
    default void rotations() {
        RandomGenerator rng = Conformance.random(9);
        try (Backend b = open(Precision.FP32)) {
            for (int headDim : new int[] {2, 6, 34, 64}) {
                double[] frequencies = new double[headDim / 2];
                for (int i = 0; i < frequencies.length; i++) {
                    frequencies[i] = Math.pow(10_000, -2.0 * i / headDim);
                }
                RotaryTable table = RotaryTable.of(frequencies, 300);
                for (int rows : SIZES) {
                    for (int heads : new int[] {1, 3}) {
                        placements(b, lab -> rotation(lab, rng, headDim, heads, rows, table));
                    }
                }
            }
        }
    }

    private static void rotation(Lab lab, RandomGenerator rng, int headDim, int heads, int rows, RotaryTable table) {
        Mat x = Mat.random(rng, rows, heads * headDim);
        int[] positions = ids(rng, rows, table.positions());
        Mat magnitude = Mat.zeros(rows, x.cols());
        for (int i = 0; i < x.v().length; i++) {
            int partner = i % headDim < headDim / 2 ? i + headDim / 2 : i - headDim / 2;
            magnitude.v()[i] = Math.abs(x.v()[i]) + Math.abs(x.v()[partner]);
        }
        Tensor t = lab.put(x);
        lab.backend.rotate(t, headDim, positions, table, false);
        Lab.close("rotate", Reference.rotate(x, headDim, positions, table, false), lab.get(t), magnitude.times(4 * U));
        lab.backend.rotate(t, headDim, positions, table, true);
        Lab.close("rotate there and back", x, lab.get(t), magnitude.times(16 * U));
    }
}
