package org.align4j.core.backend;

import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Kernels that may write bfloat16 write what they would have written in float32, rounded. */
interface RoundedResultsConformance extends Conformance {

    @Test
    default void norms() {
        RandomGenerator rng = Conformance.random(31);
        try (Backend b = open(Precision.BF16)) {
            Conformance.sizes((rows, cols) -> {
                try (Lab lab = new Lab(b, Lab.Placement.DENSE)) {
                    Tensor x = lab.put(Mat.random(rng, rows, cols));
                    Tensor w = lab.put(Mat.random(rng, 1, cols));
                    Tensor bias = lab.put(Mat.random(rng, 1, cols));
                    both(lab, rows, cols, y -> b.rmsNorm(y, x, w, 0f, 1e-5f, lab.out(rows, 1)));
                    both(lab, rows, cols, y -> b.layerNorm(y, x, w, bias, 1e-5f, lab.out(rows, 2)));
                }
            });
        }
    }

    @Test
    default void gates() {
        RandomGenerator rng = Conformance.random(32);
        try (Backend b = open(Precision.BF16)) {
            Conformance.sizes((rows, cols) -> placements(b, lab -> {
                Tensor gate = lab.put(Mat.random(rng, rows, cols));
                Tensor up = lab.put(Mat.random(rng, rows, cols));
                Tensor dy = lab.put(Mat.random(rng, rows, cols));
                for (Activation act : Activation.values()) {
                    both(lab, rows, cols, y -> b.gated(act, y, gate, up));
                    for (int which = 0; which < 3; which++) {
                        int result = which;
                        both(lab, rows, cols, y -> {
                            Tensor[] all = {like(lab, y), like(lab, y), like(lab, y)};
                            all[result] = y;
                            b.gatedBackward(act, all[0], all[1], all[2], dy, gate, up);
                        });
                    }
                }
            }));
        }
    }

    @Test
    default void operandsAreRoundedCopiesOrViews() {
        try (Backend b = open(Precision.BF16); Tensor x = b.alloc(3, 40); Tensor y = b.operand(x); Tensor z = b.operand(y)) {
            b.fill(x, 1.001f);
            try (Tensor again = b.operand(x)) {
                org.junit.jupiter.api.Assertions.assertEquals(b.operandType(), again.dtype());
                float[] values = new float[120];
                b.download(again, values, 0);
                org.junit.jupiter.api.Assertions.assertEquals(b.operandType() == DType.BF16 ? 1f : 1.001f, values[119]);
            }
            org.junit.jupiter.api.Assertions.assertEquals(y.storage(), z.storage());
        }
    }

    private static Tensor like(Lab lab, Tensor y) {
        return lab.put(y.dtype(), Mat.zeros(y.rows(), y.cols()));
    }

    /** One rounding apart, wherever the float32 value lies between two bfloat16 values. */
    private static void both(Lab lab, int rows, int cols, Consumer<Tensor> kernel) {
        Tensor wide = lab.out(rows, cols);
        Tensor narrow = lab.put(DType.BF16, Mat.zeros(rows, cols).plus(3));
        kernel.accept(wide);
        kernel.accept(narrow);
        Mat expected = lab.get(wide);
        // Subnormal results may become zeros.
        Lab.close("bfloat16 result", expected, lab.get(narrow), expected.abs().times(U_BF16).plus(1e-37));
    }
}
