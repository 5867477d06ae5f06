package org.align4j.core.backend;

import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Products with packed matrices against the plain ones' reference. */
interface PackedConformance extends Conformance {

    @Test
    default void packedProducts() {
        RandomGenerator rng = Conformance.random(41);
        int turn = 0;
        for (Precision precision : Precision.values()) {
            try (Backend backend = open(precision)) {
                for (int[] mkn : new int[][] {{1, 1, 1}, {4, 7, 17}, {5, 300, 129}, {33, 64, 300}, {8, 1100, 400}, {70, 129, 33}}) {
                    for (int way = 0; way < 8; way++) {
                        try (Lab lab = new Lab(backend, Lab.Placement.values()[turn++ % 2])) {
                            product(lab, rng, mkn, (way & 1) != 0, (way & 2) != 0, (way & 4) != 0 ? DType.BF16 : DType.F32);
                        }
                    }
                }
            }
        }
    }

    private static void product(Lab lab, RandomGenerator rng, int[] mkn, boolean transposed, boolean accumulate, DType type) {
        Backend b = lab.backend;
        Mat x = Mat.random(rng, mkn[0], mkn[1]);
        Mat w = transposed ? Mat.random(rng, mkn[1], mkn[2]) : Mat.random(rng, mkn[2], mkn[1]);
        if (type == DType.BF16) {
            x = x.bf16();
            w = w.bf16();
        }
        Mat before = Mat.random(rng, mkn[0], mkn[2]);
        Mat expected = Reference.matmul(x, false, w, !transposed);
        Mat magnitude = Reference.matmul(x.abs(), false, w.abs(), !transposed);
        String what = "product " + mkn[0] + "×" + mkn[1] + "×" + mkn[2] + (transposed ? " transposed" : "") + (accumulate ? " +" : "") + " of " + type;
        double error = (mkn[1] + 2) * U + (b.precision() == Precision.BF16 ? 2 * U_BF16 + U_BF16 * U_BF16 : 0);
        try (PackedMatrix packed = b.pack(lab.put(type, w), transposed)) {
            Tensor y = accumulate ? lab.put(before) : lab.out(mkn[0], mkn[2]);
            b.product(y, lab.put(type, x), packed, accumulate);
            Lab.close(what, accumulate ? expected.plus(before) : expected, lab.get(y), magnitude.plus(before.abs()).times(error));
            if (!accumulate) {
                Tensor narrow = lab.put(DType.BF16, before);
                b.product(narrow, lab.put(type, x), packed, false);
                Lab.close(what + " into bfloat16", expected, lab.get(narrow), magnitude.times(error * (1 + U_BF16)).plus(expected.abs().times(U_BF16)));
            }
        }
    }
}
