package org.align4j.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

interface HeadConformance extends Conformance {

    /** Rounding of x − max and of the result, and the relative error of a sum of exponentials. */
    private static double error(Mat x) {
        double largest = 0;
        for (double v : x.v()) {
            largest = Math.max(largest, Double.isInfinite(v) ? 0 : Math.abs(v));
        }
        return (x.cols() + 16 + 8 * largest) * U;
    }

    @Test
    default void logSoftmaxOverAwkwardSizes() {
        RandomGenerator rng = Conformance.random(12);
        try (Backend b = open(Precision.FP32)) {
            Conformance.sizes((rows, cols) -> placementsOrRefusal(b, lab -> check(lab, rng, Mat.random(rng, rows, cols).times(4))));
            placementsOrRefusal(b, lab -> check(lab, rng, Mat.random(rng, 5, 32_003)));
        }
    }

    private static void check(Lab lab, RandomGenerator rng, Mat drawn) {
        Mat x = drawn.map(v -> (float) v);
        int rows = x.rows();
        String what = rows + "×" + x.cols() + " " + lab.placement();
        Backend b = lab.backend;
        int[] targets = rng.ints(rows, 0, x.cols()).toArray();
        targets[0] = x.cols() - 1;
        Mat logp = Reference.logSoftmax(x);
        double error = error(x);
        Mat tolerance = Mat.zeros(rows, x.cols()).plus(error);

        double[] out = new double[rows + 5];
        double[] entropy = new double[rows + 5];
        Arrays.fill(out, -7);
        Arrays.fill(entropy, -7);
        Tensor t = lab.put(x);
        b.logSoftmaxPick(t, targets, out, 3, entropy);
        Lab.close("log softmax " + what, logp, lab.get(t), tolerance);
        picked("log softmax " + what, logp, targets, out, error);
        double[] h = Reference.entropy(logp);
        for (int i = 0; i < rows; i++) {
            // Each term p·log p moves by its probability's relative error and its logarithm's absolute one.
            assertEquals(h[i], entropy[3 + i], error * (2 + 2 * Math.abs(h[i])), "entropy " + what);
        }
        assertEquals(-7, entropy[2]);
        assertEquals(-7, entropy[rows + 3]);
        Arrays.fill(out, -7);
        b.logCollision(t, out, 3);
        for (int i = 0; i < rows; i++) {
            double sum = 0;
            for (int c = 0; c < x.cols(); c++) {
                sum += Math.exp(2 * logp.get(i, c));
            }
            // Every log-probability is off by error at most, and so is half of the logarithm.
            assertEquals(Math.log(sum), out[3 + i], 2 * error + 1e-12, "collision " + what);
        }
        assertEquals(-7, out[2]);
        assertEquals(-7, out[rows + 3]);

        Tensor s = lab.put(x);
        b.softmax(s);
        Mat p = logp.map(Math::exp);
        Lab.close("softmax " + what, p, lab.get(s), p.times(error + 8 * U).plus(1e-37));
        Tensor sp = lab.put(x);
        b.softmaxPick(sp, targets, out, 3);
        Lab.close("softmaxPick " + what, p, lab.get(sp), p.times(error + 8 * U).plus(1e-37));
        picked("softmaxPick " + what, logp, targets, out, error);
    }

    private static void picked(String what, Mat logp, int[] targets, double[] out, double error) {
        for (int i = 0; i < targets.length; i++) {
            assertEquals(logp.get(i, targets[i]), out[3 + i], error, what + ", row " + i);
        }
        assertEquals(-7, out[2], what + " wrote before its range");
        assertEquals(-7, out[targets.length + 3], what + " wrote after its range");
    }

    @Test
    default void headOverAwkwardSizes() {
        RandomGenerator rng = Conformance.random(21);
        for (Precision precision : Precision.values()) {
            try (Backend b = open(precision)) {
                for (int[] size : new int[][] {{1, 7, 33}, {5, 32, 100}, {64, 48, 257}, {65, 31, 64}, {130, 64, 1003}}) {
                    for (DType type : List.of(DType.F32, DType.BF16)) {
                        try (Lab lab = new Lab(b, Lab.Placement.DENSE)) {
                            head(lab, rng, size, type, precision);
                        }
                    }
                }
            }
        }
    }

    /** Rows, width and vocabulary; the weights' type goes for the result as well. */
    private static void head(Lab lab, RandomGenerator rng, int[] size, DType type, Precision precision) {
        Mat h = Mat.random(rng, size[0], size[1]);
        Mat w = Mat.random(rng, size[2], size[1]);
        w = type == DType.BF16 ? w.bf16() : w;
        int[] targets = rng.ints(size[0], 0, size[2]).toArray();
        Mat logits = Reference.matmul(h, false, w, true);
        Mat logp = Reference.logSoftmax(logits);
        double product = size[1] * U + (precision == Precision.BF16 ? 2.01 * U_BF16 : 0);
        double moved = 0;
        for (double v : Reference.matmul(h.abs(), false, w.abs(), true).v()) {
            moved = Math.max(moved, v * product);
        }
        // Every logit is off by at most so much; the normaliser then is too.
        double error = 2 * moved + error(logits);
        double[] out = new double[size[0] + 5];
        double[] collision = new double[size[0] + 5];
        Arrays.fill(out, -7);
        Tensor th = lab.put(h);
        Tensor tw = lab.put(type, w);
        Tensor kept = lab.put(type, Mat.zeros(size[0], size[2]));
        lab.backend.headLogProbs(th, tw, targets, out, 3, collision, kept);
        picked("headLogProbs", logp, targets, out, error);
        for (int i = 0; i < size[0]; i++) {
            double sum = 0;
            for (int c = 0; c < size[2]; c++) {
                sum += Math.exp(2 * logp.get(i, c));
            }
            assertEquals(Math.log(sum), collision[3 + i], 2 * error, "collision");
        }
        Arrays.fill(out, -7);
        Tensor p = lab.put(type, Mat.zeros(size[0], size[2]));
        lab.backend.headSoftmax(p, th, tw, targets, out, 3);
        picked("headSoftmax", logp, targets, out, error);
        Mat expected = logp.map(Math::exp);
        Mat tolerance = expected.times(Math.expm1(error) + (type == DType.BF16 ? U_BF16 : 0)).plus(1e-37);
        Lab.close("headSoftmax", expected, lab.get(p), tolerance);
        Lab.close("headLogProbs's probabilities", expected, lab.get(kept), tolerance);
        Mat before = lab.get(p);
        lab.backend.headSoftmax(p, th, tw, targets, null, 0);
        Lab.same("headSoftmax without targets", before, lab.get(p));
    }

    /** Huge, far apart, equal and impossible logits. */
    @Test
    default void logSoftmaxOfExtremes() {
        RandomGenerator rng = Conformance.random(13);
        try (Backend b = open(Precision.FP32); Lab lab = new Lab(b, Lab.Placement.DENSE)) {
            check(lab, rng, Mat.random(rng, 4, 33).times(10_000));
            check(lab, rng, Mat.random(rng, 4, 33).plus(3e6));
            check(lab, rng, Mat.zeros(4, 1000));
            Mat x = Mat.random(rng, 4, 33);
            for (int r = 0; r < 4; r++) {
                for (int c = r; c < 20; c++) {
                    x.set(r, c, Double.NEGATIVE_INFINITY);
                }
            }
            check(lab, rng, x);
        }
    }

    /** A target that is all but impossible: log p must not be the logarithm of a probability that became 0. */
    @Test
    default void unlikelyTargets() {
        try (Backend b = open(Precision.FP32); Lab lab = new Lab(b, Lab.Placement.DENSE)) {
            Mat x = new Mat(1, 3, new double[] {0, 500, -1000});
            double[] out = new double[1];
            b.softmaxPick(lab.put(x), new int[] {2}, out, 0);
            assertEquals(-1500, out[0], 1e-3);
            b.logSoftmaxPick(lab.put(x), new int[] {2}, out, 0, null);
            assertEquals(-1500, out[0], 1e-3);
        }
    }

    /** Wherever it stands, a NaN logit must not leave a plausible log-probability in its row, nor touch another row. */
    @Test
    default void nanLogitsAreSeen() {
        try (Backend b = open(Precision.FP32); Lab lab = new Lab(b, Lab.Placement.DENSE)) {
            for (int at = 0; at < 40; at++) {
                Mat x = Mat.zeros(2, 40);
                x.set(0, at, Double.NaN);
                double[] out = new double[2];
                b.logSoftmaxPick(lab.put(x), new int[] {3, 3}, out, 0, null);
                assertFalse(Double.isFinite(out[0]), "log-probability beside a NaN logit was " + out[0]);
                assertEquals(-Math.log(40), out[1], 1e-5);
                b.softmaxPick(lab.put(x), new int[] {3, 3}, out, 0);
                assertFalse(Double.isFinite(out[0]), "log-probability beside a NaN logit was " + out[0]);
                assertEquals(-Math.log(40), out[1], 1e-5);
            }
        }
    }
}
