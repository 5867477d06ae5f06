package org.align4j.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** The references themselves: gradients against central differences, functions against published values. */
class ReferenceTest {
    private final RandomGenerator rng = Conformance.random(21);

    /** ∂/∂x Σ weights ∘ f(x) must be {@code gradient}. Error h²·f‴ + 10⁻¹⁶/h, about 10⁻¹⁰ at h = 10⁻⁵. */
    private static void check(String what, Mat x, Mat weights, UnaryOperator<Mat> f, Mat gradient) {
        double h = 1e-5;
        for (int i = 0; i < x.v().length; i++) {
            Mat up = x.map(v -> v);
            Mat down = x.map(v -> v);
            up.v()[i] += h;
            down.v()[i] -= h;
            double difference = (weights.dot(f.apply(up)) - weights.dot(f.apply(down))) / (2 * h);
            assertEquals(difference, gradient.v()[i], 2e-8 * (1 + Math.abs(difference)), what + " at " + i);
        }
    }

    @Test
    void normGradients() {
        Mat x = Mat.random(rng, 3, 7).plus(0.5);
        Mat w = Mat.random(rng, 1, 7);
        Mat dy = Mat.random(rng, 3, 7);
        for (boolean centred : new boolean[] {false, true}) {
            check("norm", x, dy, m -> Reference.norm(m, w, 1, null, centred, 1e-5), Reference.normBackward(dy, x, w, 1, centred, 1e-5));
            Mat dw = Reference.columnSums(dy.times(Reference.normalized(x, centred, 1e-5)));
            check("norm weights", w, dy, m -> Reference.norm(x, m, 1, null, centred, 1e-5), dw);
        }
    }

    @Test
    void activationDerivatives() {
        Mat x = Mat.random(rng, 1, 50).times(2);
        Mat ones = Mat.zeros(1, 50).plus(1);
        for (Activation a : Activation.values()) {
            check(a.name(), x, ones, m -> m.map(v -> Reference.act(a, v)), x.map(v -> Reference.actPrime(a, v)));
        }
    }

    @Test
    void rotationsGradientIsItsInverse() {
        RotaryTable table = RotaryTable.of(new double[] {1, 0.1, 0.01}, 9);
        int[] positions = {8, 0, 3};
        Mat x = Mat.random(rng, 3, 12);
        Mat dy = Mat.random(rng, 3, 12);
        check("rotate", x, dy, m -> Reference.rotate(m, 6, positions, table, false), Reference.rotate(dy, 6, positions, table, true));
    }

    @Test
    void attentionGradients() {
        AttentionShape shape = new AttentionShape(4, 2, 3, 0.6f);
        for (AttentionConformance.Case c : AttentionConformance.cases()) {
            if (c.queries() <= 30) {
                Mat q = Mat.random(rng, c.queries(), 12);
                Mat k = Mat.random(rng, c.keys(), 6);
                Mat v = Mat.random(rng, c.keys(), 6);
                Mat d = Mat.random(rng, c.queries(), 12);
                ReferenceAttention r = new ReferenceAttention(q, k, v, shape, c.layout());
                r.backward(d);
                check(c.name() + " dq", q, d, m -> new ReferenceAttention(m, k, v, shape, c.layout()).out, r.dq);
                check(c.name() + " dk", k, d, m -> new ReferenceAttention(q, m, v, shape, c.layout()).out, r.dk);
                check(c.name() + " dv", v, d, m -> new ReferenceAttention(q, k, m, shape, c.layout()).out, r.dv);
            }
        }
    }

    /** Abramowitz and Stegun, table 7.1. */
    @Test
    void erf() {
        assertEquals(0.5204998778, Reference.erf(0.5), 1e-10);
        assertEquals(0.8427007929, Reference.erf(1), 1e-10);
        assertEquals(-0.9953222650, Reference.erf(-2), 1e-10);
        assertEquals(1, Reference.erf(5.9), 1e-10);
    }

    @Test
    void bfloat16() {
        Mat x = new Mat(1, 6, new double[] {1 + 0x1p-8, 1 + 0x1.8p-7, 1 + 0x1.01p-8, -3.14159265, 0x1p-133, 0x1p-134});
        Mat expected = new Mat(1, 6, new double[] {1, 1 + 0x1p-6, 1 + 0x1p-7, -3.140625, 0x1p-133, 0});
        Lab.same("bf16", expected, x.bf16());
    }
}
