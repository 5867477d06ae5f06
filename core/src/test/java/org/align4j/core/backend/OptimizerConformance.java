package org.align4j.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

interface OptimizerConformance extends Conformance {

    @Test
    default void sumsOfSquares() {
        RandomGenerator rng = Conformance.random(14);
        try (Backend b = open(Precision.FP32)) {
            Conformance.sizes((rows, cols) -> placementsOrRefusal(b, lab -> {
                Mat x = Mat.random(rng, rows, cols);
                double expected = x.dot(x);
                assertEquals(expected, b.sumOfSquares(lab.put(x)), 64 * U * expected);
            }));
            try (Lab lab = new Lab(b, Lab.Placement.DENSE)) {
                Mat x = Mat.random(rng, 1000, 1000);
                assertEquals(x.dot(x), b.sumOfSquares(lab.put(x)), 64 * U * x.dot(x));
            }
        }
    }

    /** Squares of large values exceed float32 though their norm does not. */
    @Test
    default void sumsOfSquaresReachBeyondFloat() {
        try (Backend b = open(Precision.FP32); Lab lab = new Lab(b, Lab.Placement.DENSE)) {
            assertEquals(300 * 1e50, b.sumOfSquares(lab.put(Mat.zeros(3, 100).plus(1e25f))), 1e46);
            double tiny = 1e-25f;
            assertEquals(300 * tiny * tiny, b.sumOfSquares(lab.put(Mat.zeros(3, 100).plus(tiny))), 1e-53);
            assertEquals(0, b.sumOfSquares(lab.put(Mat.zeros(3, 100))));
        }
    }

    @Test
    default void sumsOfSquaresShowBrokenValues() {
        try (Backend b = open(Precision.FP32)) {
            for (int at : new int[] {0, 63, 64, 4999, 5000 * 2 - 1}) {
                try (Lab lab = new Lab(b, Lab.Placement.DENSE)) {
                    Mat x = Mat.random(Conformance.random(at), 2, 5000);
                    x.v()[at] = Double.NaN;
                    assertTrue(Double.isNaN(b.sumOfSquares(lab.put(x))), "NaN at " + at);
                    x.v()[at] = Double.NEGATIVE_INFINITY;
                    assertEquals(Double.POSITIVE_INFINITY, b.sumOfSquares(lab.put(x)), "infinity at " + at);
                }
            }
        }
    }

    /** Ten steps against the formula in double; the state is taken over from float32 after each step. */
    @Test
    default void adamWFollowsItsFormula() {
        RandomGenerator rng = Conformance.random(15);
        try (Backend b = open(Precision.FP32)) {
            for (int size : new int[] {1, 7, 64, 2047, 2048, 2049, 5000}) {
                try (Lab lab = new Lab(b, Lab.Placement.DENSE)) {
                    Mat w = Mat.random(rng, 1, size);
                    Tensor tw = lab.put(w);
                    Tensor tm = lab.put(Mat.zeros(1, size));
                    Tensor tv = lab.put(Mat.zeros(1, size));
                    for (int t = 1; t <= 10; t++) {
                        Mat g = Mat.random(rng, 1, size).times(t == 4 ? 0 : Math.pow(10, t % 5 - 4)).map(v -> (float) v);
                        step(lab, tw, g, tm, tv, new AdamWStep(0.01 * t, 0.9, 0.999, 1e-8, 0.1 * (t % 2), t, t % 3 == 0 ? 0.25 : 1));
                    }
                }
            }
        }
    }

    private static void step(Lab lab, Tensor tw, Mat g, Tensor tm, Tensor tv, AdamWStep s) {
        Mat w = lab.get(tw);
        Mat m = lab.get(tm);
        Mat v = lab.get(tv);
        lab.backend.adamW(tw, lab.put(g), tm, tv, s);
        Mat expected = Mat.zeros(1, g.cols());
        Mat tolerance = Mat.zeros(1, g.cols());
        for (int i = 0; i < g.cols(); i++) {
            double gi = g.v()[i] * s.gradientScale();
            double m1 = s.beta1() * m.v()[i];
            double m2 = (1 - s.beta1()) * gi;
            double v1 = s.beta2() * v.v()[i] + (1 - s.beta2()) * gi * gi;
            double divisor = Math.sqrt(v1 / (1 - Math.pow(s.beta2(), s.step()))) + s.epsilon();
            double rate = s.learningRate() / (1 - Math.pow(s.beta1(), s.step())) / divisor;
            double kept = w.v()[i] * (1 - s.learningRate() * s.weightDecay());
            expected.v()[i] = kept - rate * (m1 + m2);
            // The two parts of the first moment may cancel, so the error is relative to their magnitudes.
            tolerance.v()[i] = U * (4 * Math.abs(kept) + 24 * rate * (Math.abs(m1) + Math.abs(m2)));
        }
        Lab.close("adamW weights, step " + s.step(), expected, lab.get(tw), tolerance);
        Mat m1 = m.times(s.beta1());
        Mat m2 = g.times(s.gradientScale() * (1 - s.beta1()));
        Lab.close("adamW first moment", m1.plus(m2), lab.get(tm), m1.abs().plus(m2.abs()).times(6 * U));
        Mat v1 = v.times(s.beta2()).plus(g.map(x -> x * x * s.gradientScale() * s.gradientScale() * (1 - s.beta2())));
        Lab.close("adamW second moment", v1, lab.get(tv), v1.times(8 * U).plus(1e-44));
    }
}
