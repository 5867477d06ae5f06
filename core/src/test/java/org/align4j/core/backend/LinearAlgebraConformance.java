package org.align4j.core.backend;

import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

interface LinearAlgebraConformance extends Conformance {

    private static double within(int k) {
        return (k + 2) * U;
    }

    /** Every transposition over a fifth of all size triples; placement and accumulation take turns. */
    @Test
    default void matmulOfFloats() {
        matmuls(Precision.FP32, DType.F32, DType.F32);
    }

    @Test
    default void matmulOfFloatsByBf16() {
        matmuls(Precision.FP32, DType.F32, DType.BF16);
    }

    @Test
    default void matmulWithRoundedOperands() {
        matmuls(Precision.BF16, DType.F32, DType.F32);
    }

    @Test
    default void matmulWithRoundedOperandsByBf16() {
        matmuls(Precision.BF16, DType.F32, DType.BF16);
    }

    @Test
    default void matmulOfBf16() {
        for (Precision precision : Precision.values()) {
            matmuls(precision, DType.BF16, DType.F32);
            matmuls(precision, DType.BF16, DType.BF16);
        }
    }

    private void matmuls(Precision precision, DType typeOfA, DType typeOfB) {
        RandomGenerator rng = Conformance.random(1);
        try (Backend backend = open(precision)) {
            int turn = 0;
            for (int m : SIZES) {
                for (int k : SIZES) {
                    for (int n : SIZES) {
                        if ((m + k + n) % 5 == 0) {
                            int now = turn++;
                            Lab.Placement placement = Lab.Placement.values()[now / 4 % 2];
                            try (Lab lab = new Lab(backend, placement)) {
                                matmul(lab, rng, new int[] {m, k, n}, now % 4, now / 8 % 2 == 1, typeOfA, typeOfB);
                            }
                        }
                    }
                }
            }
        }
    }

    private void matmul(Lab lab, RandomGenerator rng, int[] mkn, int transposed, boolean accumulate, DType typeOfA, DType typeOfB) {
        boolean ta = (transposed & 1) != 0;
        boolean tb = (transposed & 2) != 0;
        Mat a = ta ? Mat.random(rng, mkn[1], mkn[0]) : Mat.random(rng, mkn[0], mkn[1]);
        Mat b = tb ? Mat.random(rng, mkn[2], mkn[1]) : Mat.random(rng, mkn[1], mkn[2]);
        if (typeOfA == DType.BF16) {
            a = a.bf16();
        }
        if (typeOfB == DType.BF16) {
            b = b.bf16();
        }
        Mat before = Mat.random(rng, mkn[0], mkn[2]);
        Tensor c = accumulate ? lab.put(before) : lab.out(mkn[0], mkn[2]);
        lab.backend.matmul(c, lab.put(typeOfA, a), ta, lab.put(typeOfB, b), tb, accumulate);

        boolean rounds = lab.backend.precision() == Precision.BF16;
        boolean exactly = rounds && alwaysRoundsOperands();
        Mat expected = Reference.matmul(exactly ? a.bf16() : a, ta, exactly ? b.bf16() : b, tb);
        // Sums in float32; where operands may be rounded, each product besides moves by two roundings.
        double error = within(mkn[1]) + (rounds && !exactly ? 2 * U_BF16 + U_BF16 * U_BF16 : 0);
        Mat tolerance = Reference.matmul(a.abs(), ta, b.abs(), tb).times(error);
        if (accumulate) {
            expected = expected.plus(before);
            tolerance = tolerance.plus(before.abs().plus(expected.abs()).times(2 * U));
        }
        Lab.close("matmul " + mkn[0] + "×" + mkn[1] + "×" + mkn[2] + (ta ? " Aᵀ" : "") + (tb ? " Bᵀ" : "") + (accumulate ? " +" : "") + " "
                + lab.placement(), expected, lab.get(c), tolerance);
    }

    /** Sums of many products of one sign: an accumulator narrower than float32 would be far off. */
    @Test
    default void longSumsAreAccumulatedInFloat() {
        for (Precision precision : Precision.values()) {
            try (Backend b = open(precision); Lab lab = new Lab(b, Lab.Placement.DENSE)) {
                int k = 20_000;
                Tensor c = lab.out(16, 16);
                b.matmul(c, lab.put(Mat.zeros(16, k).plus(1)), false, lab.put(Mat.zeros(k, 16).plus(1)), false, false);
                Lab.close("long sum", Mat.zeros(16, 16).plus(k), lab.get(c), Mat.zeros(16, 16).plus(1e-3 * k));
            }
        }
    }

    @Test
    default void elementwise() {
        RandomGenerator rng = Conformance.random(2);
        try (Backend b = open(Precision.FP32)) {
            Conformance.sizes((rows, cols) -> placements(b, lab -> {
                Mat x = Mat.random(rng, rows, cols);
                Mat y = Mat.random(rng, rows, cols);
                Tensor t = lab.put(x);
                Tensor ty = lab.put(y);
                b.add(t, ty);
                Lab.close("add", x.plus(y), lab.get(t), x.plus(y).abs().times(U));
                Lab.same("add leaves its second operand alone", y, lab.get(ty));
                Tensor p = lab.put(x);
                b.multiply(p, ty);
                Mat product = x.times(y);
                Lab.close("multiply", product, lab.get(p), product.abs().times(U));
                Mat row = Mat.random(rng, 1, cols);
                Tensor q = lab.put(x);
                b.multiply(q, lab.put(row));
                Mat byRow = Reference.cells(x, null, row.v(), (v, f, c) -> v * c);
                Lab.close("multiply by a row", byRow, lab.get(q), byRow.abs().times(U));
                Tensor s = lab.put(x);
                b.scale(s, -1.7f);
                Lab.close("scale", x.times(-1.7f), lab.get(s), x.abs().times(2 * U));
                float[] factors = Mat.random(rng, 1, rows).floats();
                Tensor r = lab.put(x);
                b.scaleRows(r, factors);
                Mat scaled = Reference.cells(x, Mat.of(1, rows, factors).v(), null, (v, f, c) -> v * f);
                Lab.close("scaleRows", scaled, lab.get(r), scaled.abs().times(U));
            }));
        }
    }

    @Test
    default void biases() {
        RandomGenerator rng = Conformance.random(3);
        try (Backend b = open(Precision.FP32)) {
            Conformance.sizes((rows, cols) -> placements(b, lab -> {
                Mat x = Mat.random(rng, rows, cols);
                Mat bias = Mat.random(rng, 1, cols);
                Tensor t = lab.put(x);
                b.addBias(t, lab.put(bias));
                Mat sum = Reference.cells(x, null, bias.v(), (v, r, c) -> v + c);
                Lab.close("addBias", sum, lab.get(t), sum.abs().times(U));
                Tensor d = lab.put(bias);
                b.addRowSums(d, lab.put(x));
                Lab.close("addRowSums " + rows + "×" + cols, Reference.columnSums(x).plus(bias), lab.get(d),
                        Reference.columnSums(x.abs()).plus(bias.abs()).times((rows + 2) * U));
            }));
        }
    }
}
