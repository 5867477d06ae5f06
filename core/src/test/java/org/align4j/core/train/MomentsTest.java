package org.align4j.core.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.MomentType;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.config.Parameter;
import org.align4j.core.testing.TinyModels;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Moments of every type against AdamW in double. */
class MomentsTest {
    private static final int UPDATES = 200;
    /** A matrix of two rows and a half, one of a row, and a vector. */
    private static final ParameterLayout LAYOUT = new ParameterLayout(List.of(new Parameter("a", new int[] {40, 64}, Parameter.Kind.MATRIX),
            new Parameter("b", new int[] {16, 64}, Parameter.Kind.MATRIX), new Parameter("n", new int[] {64}, Parameter.Kind.NORM)));

    /**
     * 200 updates on Σ c(w − a)²/2 with noise on the gradients, whose sizes within a row of moments span three decades: how far the weights
     * end from where double arithmetic takes them, as a part of the way they went (root mean square). Adam divides every gradient by its own size,
     * so the error of a moment is that of the step, whatever its size; it is zero in the mean and its parts are independent from update to update,
     * and some of what went wrong is mended since the gradient sees it. The bounds are twice what was found.
     */
    @ParameterizedTest
    @CsvSource({"onednn, FLOAT32, 1e-5", "onednn, BFLOAT16, 4e-3", "onednn, INT8, 0.11", "nd4j, FLOAT32, 1e-5", "nd4j, BFLOAT16, 4e-3", "nd4j, INT8, 0.11"})
    void closeToDoublePrecision(String backend, MomentType type, double tolerance) {
        AdamW.Settings settings = new AdamW.Settings(0.9, 0.999, 1e-8, 0.01, false, 0, type);
        int n = (int) LAYOUT.size();
        try (Backend b = TinyModels.backend(backend); Parameters weights = new Parameters(b, LAYOUT, DType.F32);
                Parameters gradients = new Parameters(b, LAYOUT, DType.F32); AdamW optimizer = new AdamW(settings, weights, gradients)) {
            weights.fill(0f);
            gradients.fill(0f);
            SplittableRandom random = new SplittableRandom(9);
            double[] c = random.doubles(n, -3, 0).map(x -> Math.pow(10, x)).toArray();
            double[] goal = random.doubles(n, -1, 1).toArray();
            double[][] state = new double[3][n];
            for (int t = 1; t <= UPDATES; t++) {
                double[] noise = new double[n];
                for (int i = 0; i < n; i++) {
                    noise[i] = c[i] * random.nextGaussian();
                }
                float[] w = get(weights);
                float[] g = new float[n];
                for (int i = 0; i < n; i++) {
                    g[i] = (float) (c[i] * (w[i] - goal[i]) + noise[i]);
                }
                put(gradients, g);
                optimizer.step(0.01);
                for (int i = 0; i < n; i++) {
                    reference(state, i, c[i] * (state[0][i] - goal[i]) + noise[i], t, i < LAYOUT.matrices() ? settings.weightDecay() : 0);
                }
            }
            float[] w = get(weights);
            double difference = 0;
            double way = 0;
            for (int i = 0; i < n; i++) {
                difference += Math.pow(w[i] - state[0][i], 2);
                way += Math.pow(state[0][i], 2);
            }
            double found = Math.sqrt(difference / way);
            assertTrue(found <= tolerance, type + ": the weights are off by " + found + " of the way they went");
            assertTrue(type == MomentType.FLOAT32 || found > 1e-6, "packed moments must be in use");
        }
    }

    private static void reference(double[][] state, int i, double g, int t, double decay) {
        state[1][i] = 0.9 * state[1][i] + 0.1 * g;
        state[2][i] = 0.999 * state[2][i] + 0.001 * g * g;
        double m = state[1][i] / (1 - Math.pow(0.9, t));
        double v = state[2][i] / (1 - Math.pow(0.999, t));
        state[0][i] += -0.01 * decay * state[0][i] - 0.01 * m / (Math.sqrt(v) + 1e-8);
    }

    private static float[] get(Parameters p) {
        float[] all = new float[(int) LAYOUT.size()];
        for (Slot s : LAYOUT.slots()) {
            p.backend().download(p.get(s.name()), all, (int) s.offset());
        }
        return all;
    }

    private static void put(Parameters p, float[] values) {
        for (Slot s : LAYOUT.slots()) {
            p.backend().upload(p.get(s.name()), values, (int) s.offset());
        }
    }

    /** Memory as planned: 2.5 and 1 rows of each type, the vector as it is. */
    @ParameterizedTest
    @CsvSource({"FLOAT32, 14592", "BFLOAT16, 8448", "INT8, 4368"})
    void bytes(MomentType type, long expected) {
        assertEquals(expected, Moments.bytes(LAYOUT, type));
        try (Backend b = TinyModels.backend("onednn")) {
            long before = b.memory().live();
            try (Moments m = new Moments(b, LAYOUT, type)) {
                // Float32 memory comes in blocks of 1024 values.
                assertEquals(expected, b.memory().live() - before, 2 * 4096);
            }
            assertEquals(before, b.memory().live());
        }
    }
}
