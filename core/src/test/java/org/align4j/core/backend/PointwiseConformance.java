package org.align4j.core.backend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

interface PointwiseConformance extends Conformance {
    /** Where 1 + tanh or 1 + erf cancels, the error is relative to 1, not to the result; the product with x scales it. Libraries' erf and tanh
     * are good to a few units in the last place. */
    private static Mat error(Mat x) {
        return x.abs().plus(1).times(16 * U);
    }

    /** From far negative to far positive, with both zeros. */
    private static Mat inputs(RandomGenerator rng, int rows, int cols) {
        Mat x = Mat.random(rng, rows, cols).map(v -> (float) (v * Math.exp(2 * rng.nextGaussian())));
        x.v()[0] = rng.nextBoolean() ? 0 : -0.0;
        return x;
    }

    @Test
    default void activations() {
        RandomGenerator rng = Conformance.random(5);
        try (Backend b = open(Precision.FP32)) {
            for (Activation act : Activation.values()) {
                Conformance.sizes((rows, cols) -> placementsOrRefusal(b, lab -> {
                    String what = act + " " + rows + "×" + cols;
                    Mat x = inputs(rng, rows, cols);
                    Tensor tx = lab.put(x);
                    Tensor y = lab.out(rows, cols);
                    b.activate(act, y, tx);
                    Lab.close(what, x.map(v -> Reference.act(act, v)), lab.get(y), error(x));
                    Mat dy = Mat.random(rng, rows, cols);
                    Mat expected = x.map(v -> Reference.actPrime(act, v)).times(dy);
                    Mat tolerance = error(x).times(dy.abs());
                    Tensor dx = lab.out(rows, cols);
                    Tensor tdy = lab.put(dy);
                    b.activateBackward(act, dx, tdy, tx);
                    Lab.close(what + " derivative", expected, lab.get(dx), tolerance);
                    b.activateBackward(act, tdy, tdy, tx);
                    Lab.same(what + " derivative in place", lab.get(dx), lab.get(tdy));
                }));
            }
        }
    }

    @Test
    default void gatedActivations() {
        RandomGenerator rng = Conformance.random(6);
        try (Backend b = open(Precision.FP32)) {
            for (Activation act : Activation.values()) {
                Conformance.sizes((rows, cols) -> placementsOrRefusal(b, lab -> {
                    String what = "gated " + act + " " + rows + "×" + cols;
                    Mat gate = inputs(rng, rows, cols);
                    Mat up = Mat.random(rng, rows, cols);
                    Tensor y = lab.out(rows, cols);
                    b.gated(act, y, lab.put(gate), lab.put(up));
                    Lab.close(what, gate.map(v -> Reference.act(act, v)).times(up), lab.get(y), error(gate).times(up.abs()));
                }));
                Conformance.sizes((rows, cols) -> {
                    try (Lab lab = new Lab(b, Lab.Placement.DENSE)) {
                        gatedBackward(lab, rng, act, rows, cols);
                    }
                });
            }
        }
    }

    private void gatedBackward(Lab lab, RandomGenerator rng, Activation act, int rows, int cols) {
        Mat gate = inputs(rng, rows, cols);
        Mat up = Mat.random(rng, rows, cols);
        Mat dy = Mat.random(rng, rows, cols);
        Tensor dGate = lab.out(rows, cols);
        Tensor dUp = lab.out(rows, cols);
        Tensor tdy = lab.put(dy);
        Tensor tg = lab.put(gate);
        Tensor tu = lab.put(up);
        lab.backend.gatedBackward(act, dGate, dUp, null, tdy, tg, tu);
        Lab.same("gatedBackward leaves dy alone", dy, lab.get(tdy));
        Lab.close("dGate", gate.map(v -> Reference.actPrime(act, v)).times(up).times(dy), lab.get(dGate),
                error(gate).times(up.abs()).times(dy.abs()).times(2));
        Lab.close("dUp", gate.map(v -> Reference.act(act, v)).times(dy), lab.get(dUp), error(gate).times(dy.abs()).times(2));
        Tensor again = lab.out(rows, cols);
        lab.backend.gatedBackward(act, again, tdy, null, tdy, tg, tu);
        Lab.same("dGate in place", lab.get(dGate), lab.get(again));
        Lab.same("dUp in place", lab.get(dUp), lab.get(tdy));
    }

    /** Far out, an activation is x or 0 and its slope 1 or 0; nothing may overflow on the way. */
    @Test
    default void activationsSaturate() {
        try (Backend b = open(Precision.FP32); Lab lab = new Lab(b, Lab.Placement.DENSE)) {
            Mat x = new Mat(1, 4, new double[] {-1e4, 1e4, -200, 200});
            for (Activation act : Activation.values()) {
                Tensor y = lab.out(1, 4);
                b.activate(act, y, lab.put(x));
                Lab.close(act + " far out", x.map(v -> Math.max(v, 0)), lab.get(y), Mat.zeros(1, 4).plus(1e-30));
                Tensor dx = lab.out(1, 4);
                b.activateBackward(act, dx, lab.put(Mat.zeros(1, 4).plus(1)), lab.put(x));
                Lab.close(act + " slope far out", x.map(v -> v > 0 ? 1 : 0), lab.get(dx), Mat.zeros(1, 4).plus(4 * U));
            }
        }
    }

    @Test
    default void activationsPassNaNOn() {
        try (Backend b = open(Precision.FP32); Lab lab = new Lab(b, Lab.Placement.DENSE)) {
            for (Activation act : Activation.values()) {
                Tensor y = lab.put(Mat.zeros(1, 17));
                b.activate(act, y, lab.put(Mat.zeros(1, 17).plus(Double.NaN)));
                for (double v : lab.get(y).v()) {
                    assertTrue(Double.isNaN(v), act + " of NaN gave " + v);
                }
            }
        }
    }
}
