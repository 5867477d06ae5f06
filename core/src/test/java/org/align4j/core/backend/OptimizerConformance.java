package org.align4j.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.random.RandomGenerator;
import org.align4j.core.backend.internal.host.PackedMoments;
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
                        step(lab, tw, g, tm, tv, new AdamWStep(0.01 * t, 0.9, 0.999, 1e-8, 0.1 * (t % 2), t, t % 3 == 0 ? 0.25 : 1, t));
                    }
                }
            }
        }
    }

    /** The same for packed moments: weights follow the formula from the moments as they are read, and what is kept is off by less than one code. */
    @Test
    default void packedMomentsFollowTheFormula() {
        RandomGenerator rng = Conformance.random(16);
        try (Backend b = open(Precision.FP32)) {
            for (MomentType type : new MomentType[] {MomentType.BFLOAT16, MomentType.INT8}) {
                for (int size : new int[] {1, 7, 1023, 1024, 1025, 20_000}) {
                    try (Lab lab = new Lab(b, Lab.Placement.DENSE); Tensor tm = words(b, type, size); Tensor tv = words(b, type, size)) {
                        Tensor tw = lab.put(Mat.random(rng, 1, size));
                        for (int t = 1; t <= 10; t++) {
                            Mat g = Mat.random(rng, 1, size).times(t == 4 ? 0 : Math.pow(10, t % 5 - 4)).map(v -> (float) v);
                            step(lab, tw, g, tm, tv, new AdamWStep(0.01 * t, 0.9, 0.999, 1e-8, 0.1 * (t % 2), t, t % 3 == 0 ? 0.25 : 1, 77L * t << 20));
                        }
                    }
                }
            }
        }
    }

    private static Tensor words(Backend b, MomentType type, int size) {
        Tensor t = b.alloc(DType.I32, (int) MomentType.rows(size), type.words());
        b.upload(t, new int[(int) t.size()], 0);
        return t;
    }

    private static Mat moment(Lab lab, Tensor t, boolean second, int n) {
        if (t.dtype() == DType.F32) {
            return lab.get(t);
        }
        int[] words = new int[(int) t.size()];
        lab.backend.download(t, words, 0);
        return Mat.of(1, n, PackedMoments.unpack(t.cols(), second, words, n));
    }

    /** How far from a value what is kept of it may be. */
    private static Mat spacing(Tensor t, boolean second, Mat exact) {
        Mat tolerance = Mat.zeros(1, exact.cols());
        for (int from = 0; from < exact.cols(); from += MomentType.VALUES) {
            int to = Math.min(exact.cols(), from + MomentType.VALUES);
            double most = 0;
            for (int i = from; i < to; i++) {
                most = Math.max(most, Math.abs(exact.v()[i]));
            }
            for (int i = from; i < to; i++) {
                double x = Math.abs(exact.v()[i]);
                if (t.cols() == MomentType.BFLOAT16.words()) {
                    tolerance.v()[i] = 0x1.01p-7 * x + 1e-40;
                } else if (second) {
                    // Codes are evenly spread over fourth roots; 1.01 for rounding.
                    double code = 1.01 * Math.pow(most, 0.25) / 255.4375;
                    tolerance.v()[i] = Math.pow(Math.pow(x, 0.25) + code, 4) - x;
                } else {
                    double code = 1.01 * Math.sqrt(most) / 126.9;
                    tolerance.v()[i] = Math.pow(Math.sqrt(x) + code, 2) - x;
                }
            }
        }
        return tolerance;
    }

    /** With a gradient of zero a second moment shrinks by a thousandth: less than the step from code to code, and yet its mean must shrink. */
    @Test
    default void packedMomentsKeepTheirMean() {
        int size = 1 << 16;
        RandomGenerator rng = Conformance.random(17);
        try (Backend b = open(Precision.FP32)) {
            for (MomentType type : new MomentType[] {MomentType.BFLOAT16, MomentType.INT8}) {
                try (Lab lab = new Lab(b, Lab.Placement.DENSE); Tensor tm = words(b, type, size); Tensor tv = words(b, type, size)) {
                    Tensor tw = lab.put(Mat.zeros(1, size));
                    Mat g = Mat.random(rng, 1, size).map(x -> (float) (Math.abs(x) + 0.1));
                    b.adamW(tw, lab.put(g), tm, tv, new AdamWStep(0, 0.9, 0.999, 1e-8, 0, 1, 1, 3));
                    Tensor zero = lab.put(Mat.zeros(1, size));
                    for (int t = 2; t <= 51; t++) {
                        b.adamW(tw, zero, tm, tv, new AdamWStep(0, 0.99, 0.999, 1e-8, 0, t, 1, (long) t << 32));
                    }
                    double m = 0;
                    double v = 0;
                    Mat first = moment(lab, tm, false, size);
                    Mat second = moment(lab, tv, true, size);
                    for (int i = 0; i < size; i++) {
                        m += first.v()[i] / (0.1 * Math.pow(0.99, 50) * g.v()[i]) / size;
                        v += second.v()[i] / (0.001 * Math.pow(0.999, 50) * g.v()[i] * g.v()[i]) / size;
                    }
                    // Codes are further apart than a float32's 16 bits of chance resolve; means over 65536 values are known to a few thousandths.
                    assertEquals(1, m, 0.01, type + ", first moments");
                    assertEquals(1, v, 0.02, type + ", second moments");
                }
            }
        }
    }

    private static void step(Lab lab, Tensor tw, Mat g, Tensor tm, Tensor tv, AdamWStep s) {
        Mat w = lab.get(tw);
        Mat m = moment(lab, tm, false, g.cols());
        Mat v = moment(lab, tv, true, g.cols());
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
        Mat mNext = m1.plus(m2);
        Mat mTolerance = m1.abs().plus(m2.abs()).times(6 * U);
        Lab.close("adamW first moment", mNext, moment(lab, tm, false, g.cols()), tm.dtype() == DType.F32 ? mTolerance : mTolerance.plus(spacing(tm, false, mNext)));
        Mat v1 = v.times(s.beta2()).plus(g.map(x -> x * x * s.gradientScale() * s.gradientScale() * (1 - s.beta2())));
        Mat vTolerance = v1.times(8 * U).plus(1e-44);
        Lab.close("adamW second moment", v1, moment(lab, tv, true, g.cols()), tv.dtype() == DType.F32 ? vTolerance : vTolerance.plus(spacing(tv, true, v1)));
    }

    @Test
    default void wordsAreForMomentsAlone() {
        try (Backend b = open(Precision.FP32); Tensor words = b.alloc(DType.I32, 1, 257); Tensor narrow = b.alloc(DType.I32, 1, 256); Tensor w = b.alloc(1, 100);
                Tensor g = b.alloc(1, 100); Tensor like = b.alloc(1, 257); Tensor m = b.alloc(DType.I32, 2, 257)) {
            AdamWStep step = new AdamWStep(0.1, 0.9, 0.99, 1e-8, 0, 1, 1, 1);
            assertThrows(IllegalArgumentException.class, () -> b.upload(words, new float[257], 0));
            assertThrows(IllegalArgumentException.class, () -> b.download(words, new float[257], 0));
            assertThrows(IllegalArgumentException.class, () -> b.copy(like, words));
            assertThrows(IllegalArgumentException.class, () -> b.copy(words, like));
            assertThrows(IllegalArgumentException.class, () -> b.gather(like, words, new int[] {0}, 1f));
            assertThrows(IllegalArgumentException.class, () -> b.upload(w, new int[100], 0));
            assertThrows(IllegalArgumentException.class, () -> b.adamW(w, g, narrow, words, step));
            assertThrows(IllegalArgumentException.class, () -> b.adamW(w, g, words, m, step));
            assertThrows(IllegalArgumentException.class, () -> b.adamW(w, g, words, words, step));
        }
    }
}
