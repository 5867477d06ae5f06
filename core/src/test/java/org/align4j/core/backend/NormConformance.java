package org.align4j.core.backend;

import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

interface NormConformance extends Conformance {
    float EPS = 1e-5f;

    /** Error of the normalised values: the mean's error is scaled up by 1/sd, the root's error is relative to the value. */
    private static Mat normalizedError(Mat x, boolean centred) {
        Mat n = Reference.normalized(x, centred, EPS);
        int cols = x.cols();
        double[] roots = Reference.inverseRoots(x, centred, EPS);
        Mat relative = n.abs().times((cols + 8) * U);
        if (!centred) {
            return relative;
        }
        double[] magnitude = Reference.rowMeans(x.abs());
        for (int r = 0; r < roots.length; r++) {
            roots[r] *= (cols + 2) * U * magnitude[r];
        }
        return Reference.cells(relative, roots, null, (v, e, c) -> v + e);
    }

    @Test
    default void rmsNormAndItsGradient() {
        each(false, 0f);
    }

    @Test
    default void rmsNormWithShiftedWeights() {
        each(false, 1f);
    }

    @Test
    default void layerNormAndItsGradient() {
        each(true, 0f);
    }

    private void each(boolean centred, float shift) {
        RandomGenerator rng = Conformance.random(4);
        try (Backend b = open(Precision.FP32)) {
            Conformance.sizes((rows, cols) -> placementsOrRefusal(b, lab -> one(lab, rng, rows, cols, centred, shift)));
        }
    }

    private void one(Lab lab, RandomGenerator rng, int rows, int cols, boolean centred, float shift) {
        Backend b = lab.backend;
        String what = (centred ? "layerNorm " : "rmsNorm ") + rows + "×" + cols + " " + lab.placement();
        Mat x = Mat.random(rng, rows, cols).map(v -> (float) (1.5 * v + 0.75));
        Mat w = Mat.random(rng, 1, cols);
        Mat bias = centred ? Mat.random(rng, 1, cols) : null;
        Tensor tx = lab.put(x);
        Tensor tw = lab.put(w);
        Tensor y = lab.out(rows, cols);
        Tensor stats = lab.out(rows, centred ? 2 : 1);
        if (centred) {
            b.layerNorm(y, tx, tw, lab.put(bias), EPS, stats);
        } else {
            b.rmsNorm(y, tx, tw, shift, EPS, stats);
        }
        Mat expected = Reference.norm(x, w, shift, bias, centred, EPS);
        Mat nError = normalizedError(x, centred);
        Mat tolerance = Reference.cells(nError, null, w.v(), (e, r, c) -> e * Math.abs(c + shift)).plus(expected.abs().times(4 * U));
        if (bias != null) {
            tolerance = Reference.cells(tolerance, null, bias.v(), (e, r, c) -> e + 2 * U * Math.abs(c));
        }
        Lab.close(what, expected, lab.get(y), tolerance);
        backward(lab, rng, what, tx, x, tw, w, shift, stats, centred, nError);
    }

    private void backward(Lab lab, RandomGenerator rng, String what, Tensor tx, Mat x, Tensor tw, Mat w, float shift, Tensor stats,
            boolean centred, Mat nError) {
        int rows = x.rows();
        int cols = x.cols();
        Backend b = lab.backend;
        Mat dy = Mat.random(rng, rows, cols);
        Mat before = Mat.random(rng, rows, cols);
        Mat beforeW = Mat.random(rng, 1, cols);
        Tensor tdy = lab.put(dy);
        Tensor dx = lab.put(before);
        Tensor dw = lab.put(beforeW);
        Tensor db = lab.put(beforeW);
        Tensor frozen = lab.put(before);
        if (centred) {
            b.layerNormBackward(dx, dw, db, tdy, tx, tw, EPS, stats);
            b.layerNormBackward(frozen, null, null, tdy, tx, tw, EPS, stats);
        } else {
            b.rmsNormBackward(dx, dw, tdy, tx, tw, shift, EPS, stats);
            b.rmsNormBackward(frozen, null, tdy, tx, tw, shift, EPS, stats);
        }
        Mat n = Reference.normalized(x, centred, EPS);
        Mat expected = Reference.normBackward(dy, x, w, shift, centred, EPS).plus(before);
        Mat tolerance = dxError(dy, x, w, shift, centred, n, nError).plus(before.abs().plus(expected.abs()).times(2 * U));
        Lab.close(what + " dx", expected, lab.get(dx), tolerance);
        Lab.close(what + " dx with frozen weights", expected, lab.get(frozen), tolerance);
        Mat dwTolerance = Reference.columnSums(dy.abs().times(nError.plus(n.abs().times((rows + 8) * U)))).plus(beforeW.abs().times(4 * U));
        Lab.close(what + " dw", Reference.columnSums(dy.times(n)).plus(beforeW), lab.get(dw), dwTolerance);
        if (centred) {
            Lab.close(what + " db", Reference.columnSums(dy).plus(beforeW), lab.get(db),
                    Reference.columnSums(dy.abs()).plus(beforeW.abs()).times((rows + 4) * U));
        }
    }

    /** Of dx = (g − mean(g) − n·mean(g∘n))/sd: rounding of the sums, and the error of n wherever n stands. */
    private static Mat dxError(Mat dy, Mat x, Mat w, float shift, boolean centred, Mat n, Mat nError) {
        Mat g = Reference.cells(dy, null, w.v(), (d, r, c) -> Math.abs(d * (c + shift)));
        double[] along = Reference.rowMeans(g.times(n.abs()));
        double[] alongError = Reference.rowMeans(g.times(nError));
        double[] level = centred ? Reference.rowMeans(g) : new double[x.rows()];
        Mat magnitude = Reference.cells(g, level, null, (v, m, c) -> v + m).plus(Reference.cells(n.abs(), along, null, (v, a, c) -> v * a));
        Mat error = magnitude.times((2 * x.cols() + 16) * U).plus(Reference.cells(nError, along, null, (e, a, c) -> e * a))
                .plus(Reference.cells(n.abs(), alongError, null, (v, e, c) -> v * e));
        return Reference.cells(error, Reference.inverseRoots(x, centred, EPS), null, (v, r, c) -> v * r);
    }
}
