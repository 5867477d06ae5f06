package org.align4j.losses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/** Gradients against central differences, and examples to take them of. */
public final class Gradients {
    /** Truncation is some 1e-10 times a third derivative of order 1, rounding some 1e-16/1e-5 times values up to 100. */
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 1e-8;

    private Gradients() {
    }

    /** Compares ∂value/∂x with {@code gradient} for every x; tolerance 1e-8, relative above 1. */
    public static void check(double[] x, double[] gradient, ToDoubleFunction<double[]> value, String what) {
        for (int i = 0; i < x.length; i++) {
            double kept = x[i];
            x[i] = kept + STEP;
            double up = value.applyAsDouble(x);
            x[i] = kept - STEP;
            double down = value.applyAsDouble(x);
            x[i] = kept;
            assertEquals((up - down) / (2 * STEP), gradient[i], TOLERANCE * Math.max(1, Math.abs(gradient[i])), what + " " + i);
        }
    }

    /** Compares the gradient of every token of every response. What a response's log-probabilities hold is changed on the way and put back. */
    public static void check(Loss loss, List<Example> batch) {
        Evaluation e = loss.evaluate(batch);
        for (int i = 0; i < batch.size(); i++) {
            for (int r = 0; r < batch.get(i).responses().size(); r++) {
                check(batch.get(i).responses().get(r).logProbs(), e.gradients().get(i)[r], x -> loss.evaluate(batch).loss(),
                        loss + " example " + i + " response " + r + " token");
            }
        }
    }

    /** Examples of random responses of 1 to 6 tokens, with references, scores in [0, 1], labels, the first of them true and the second false. */
    public static List<Example> random(Random random, int examples, int responses) {
        List<Example> out = new ArrayList<>();
        for (int i = 0; i < examples; i++) {
            List<Example.Response> list = new ArrayList<>();
            for (int r = 0; r < responses; r++) {
                int n = 1 + random.nextInt(6);
                list.add(new Example.Response(randoms(random, n), randoms(random, n), random.nextDouble(), i % 2 == 0));
            }
            out.add(new Example(list));
        }
        return out;
    }

    /** Numbers in (−3, 0]. */
    public static double[] randoms(Random random, int n) {
        return random.doubles(n, -3, 0).toArray();
    }

    /** Requires value and gradients to be finite. */
    public static void finite(Evaluation e, String what) {
        assertTrue(Double.isFinite(e.loss()), what + ": loss " + e.loss());
        for (double[][] example : e.gradients()) {
            for (double[] response : example) {
                for (double g : response) {
                    assertTrue(Double.isFinite(g), what + ": gradient " + g);
                }
            }
        }
        e.metrics().forEach((k, v) -> assertTrue(Double.isFinite(v.value()), what + ": " + k + " " + v));
    }
}
