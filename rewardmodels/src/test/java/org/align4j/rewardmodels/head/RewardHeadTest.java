package org.align4j.rewardmodels.head;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.backend.AdamWStep;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Precision;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.nd4j.Nd4jBackend;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RewardHeadTest {
    private static final int D = 5;
    private static final int N = 4;

    static Stream<HeadSettings> heads() {
        return Stream.of(HeadSettings.linear(D, 1), HeadSettings.linear(D, 3), new HeadSettings(D, 2, false, 0, true), HeadSettings.pooler(D, 1, 0),
                new HeadSettings(D, 3, true, 0.4, true));
    }

    private static float[] random(int n, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    private static RewardHead head(HeadSettings s) {
        return new RewardHead(s, random(s.parameters(), 3));
    }

    /** The formula, in double. */
    private static double[] expected(HeadSettings s, float[] w, float[] rows) {
        int n = rows.length / s.hiddenSize();
        double[] out = new double[n * s.outputs()];
        List<HeadPart> parts = HeadPart.of(s);
        for (int i = 0; i < n; i++) {
            double[] h = new double[D];
            for (int j = 0; j < D; j++) {
                h[j] = rows[i * D + j];
            }
            for (int p = 0; p < parts.size(); p++) {
                HeadPart part = parts.get(p);
                if (!part.matrix()) {
                    continue;
                }
                double[] y = new double[part.shape()[0]];
                for (int o = 0; o < y.length; o++) {
                    for (int j = 0; j < D; j++) {
                        y[o] += w[part.offset() + o * D + j] * h[j];
                    }
                    if (p + 1 < parts.size() && !parts.get(p + 1).matrix()) {
                        y[o] += w[parts.get(p + 1).offset() + o];
                    }
                    if (part.name().startsWith("pooler")) {
                        y[o] = Math.tanh(y[o]);
                    }
                }
                h = y;
            }
            System.arraycopy(h, 0, out, i * h.length, h.length);
        }
        return out;
    }

    @ParameterizedTest
    @MethodSource("heads")
    void computesTheFormula(HeadSettings s) {
        try (RewardHead head = head(s)) {
            float[] rows = random(N * D, 1);
            double[] expected = expected(s, head.parameters(), rows);
            for (float[] found : List.of(head.forward(rows), head.score(rows))) {
                assertEquals(expected.length, found.length);
                for (int i = 0; i < found.length; i++) {
                    assertEquals(expected[i], found[i], 1e-5, "float32 sums of five terms");
                }
            }
            assertArrayEquals(Arrays.copyOfRange(head.score(rows), 0, s.outputs()), head.score(Arrays.copyOf(rows, D)), "a row alone");
            assertEquals(0, head.forward(new float[0]).length);
        }
    }

    /** Against central differences of the float32 outputs: rounding of 10⁻⁷ over a step of 10⁻², values of magnitude 1. */
    @ParameterizedTest
    @MethodSource("heads")
    void gradientsAgreeWithCentralDifferences(HeadSettings s) {
        long[] keys = {11, 12, 13, 14};
        float[] rows = random(N * D, 1);
        float[] g = random(N * s.outputs(), 2);
        try (RewardHead head = head(s)) {
            head.forward(rows, keys);
            float[] input = head.backward(g);
            float[] once = head.gradients().clone();
            float[] w = head.parameters();
            double h = 1e-2;
            for (int i = 0; i < w.length; i++) {
                double slope = slope(head, w, i, h, rows, keys, g);
                assertEquals(slope, once[i], 2e-3, "parameter " + i);
            }
            for (int i = 0; i < rows.length; i++) {
                float[] up = rows.clone();
                float[] down = rows.clone();
                up[i] += h;
                down[i] -= h;
                double slope = (loss(head, up, keys, g) - loss(head, down, keys, g)) / ((double) up[i] - down[i]);
                assertEquals(slope, input[i], 2e-3, "input " + i);
            }
            head.clearGradients();
            for (int k = 0; k < 2; k++) {
                head.forward(rows, keys);
                head.backward(g);
            }
            for (int i = 0; i < w.length; i++) {
                assertEquals(2 * once[i], head.gradients()[i], 1e-5, "gradients add up");
            }
        }
    }

    private static double slope(RewardHead head, float[] w, int i, double h, float[] rows, long[] keys, float[] g) {
        float[] v = w.clone();
        v[i] = (float) (w[i] + h);
        head.parameters(v);
        double up = loss(head, rows, keys, g);
        float to = v[i];
        v[i] = (float) (w[i] - h);
        head.parameters(v);
        double slope = (up - loss(head, rows, keys, g)) / ((double) to - v[i]);
        head.parameters(w);
        return slope;
    }

    private static double loss(RewardHead head, float[] rows, long[] keys, float[] g) {
        double sum = 0;
        float[] out = head.forward(rows, keys);
        for (int i = 0; i < out.length; i++) {
            sum += (double) g[i] * out[i];
        }
        return sum;
    }

    @Test
    void dropoutFollowsFromTheRowsName() {
        HeadSettings s = HeadSettings.pooler(D, 1, 0.4);
        try (RewardHead head = head(s)) {
            float[] rows = random(2 * D, 1);
            float[] twice = Arrays.copyOf(rows, 2 * D);
            System.arraycopy(rows, 0, twice, D, D);
            float[] a = head.forward(twice, new long[] {5, 5});
            assertEquals(a[0], a[1]);
            float[] b = head.forward(twice, new long[] {5, 6});
            assertEquals(a[0], b[0], 1e-6);
            assertTrue(Math.abs(b[0] - b[1]) > 1e-3, "another name, another mask");
            assertEquals(head.forward(twice)[0], head.score(twice)[0], 1e-6);
            double sum = 0;
            float[] alone = Arrays.copyOf(rows, D);
            for (int k = 0; k < 4000; k++) {
                sum += head.forward(alone, new long[] {k})[0];
            }
            // Values of magnitude 1 with a standard deviation near 1: the mean of 4000 is within 0.06.
            assertEquals(head.score(alone)[0], sum / 4000, 0.06, "its mean is what is computed without it");
        }
    }

    @Test
    void beginsNearNothing() {
        HeadSettings s = HeadSettings.linear(256, 1);
        try (RewardHead head = new RewardHead(s, Streams.of(7, "head", 0)); RewardHead again = new RewardHead(s, Streams.of(7, "head", 0))) {
            assertArrayEquals(head.parameters(), again.parameters());
            double sum = 0;
            for (float w : head.parameters()) {
                sum += w * w;
            }
            assertEquals(1 / 257.0, Math.sqrt(sum / 256), 0.2 / 257);
        }
    }

    /** The optimiser's update against the kernel that updates trunks. */
    @Test
    void updatesAsTrunksAreUpdated() {
        HeadSettings s = new HeadSettings(D, 3, true, 0, true);
        AdamW.Settings adam = new AdamW.Settings(0.9, 0.98, 1e-6, 0, false, 1);
        int n = s.parameters();
        try (Backend b = new Nd4jBackend(Precision.FP32); RewardHead head = head(s); Tensor w = b.alloc(1, n); Tensor g = b.alloc(1, n);
                Tensor m = b.alloc(1, n); Tensor v = b.alloc(1, n)) {
            HeadOptimizer optimizer = new HeadOptimizer(adam, 0.1, head);
            float[] start = head.parameters();
            b.upload(w, start, 0);
            b.fill(m, 0);
            b.fill(v, 0);
            for (int k = 1; k <= 5; k++) {
                float[] gradient = random(n, 20 + k);
                System.arraycopy(gradient, 0, head.gradients(), 0, n);
                b.upload(g, gradient, 0);
                for (HeadPart p : head.parts()) {
                    b.adamW(w.cols(p.offset(), p.size()), g.cols(p.offset(), p.size()), m.cols(p.offset(), p.size()), v.cols(p.offset(), p.size()),
                            new AdamWStep(1e-2, 0.9, 0.98, 1e-6, p.matrix() ? 0.1 : 0, k, 0.5, 0));
                }
                optimizer.step(1e-2, 0.5);
            }
            float[] expected = new float[n];
            b.download(w, expected, 0);
            assertArrayEquals(expected, head.parameters(), 2e-6f, "five updates of weights of magnitude 1 in float32");
            assertFalse(Arrays.equals(start, head.parameters()));
        }
    }

    @Test
    void savedAndLoadedExactly(@TempDir Path dir) {
        HeadSettings s = new HeadSettings(D, 3, true, 0.1, true);
        float[] rows = random(N * D, 1);
        try (RewardHead head = head(s); RewardHead other = new RewardHead(s, Streams.of(1, "head", 0))) {
            HeadOptimizer optimizer = new HeadOptimizer(AdamW.Settings.DEFAULT, 0.1, head);
            train(head, optimizer, rows, 3);
            Path file = dir.resolve("head.safetensors");
            HeadFiles.write(file, head, optimizer);
            HeadOptimizer resumed = new HeadOptimizer(AdamW.Settings.DEFAULT, 0.1, other);
            HeadFiles.read(file, other, resumed, optimizer.steps());
            train(head, optimizer, rows, 2);
            train(other, resumed, rows, 2);
            assertArrayEquals(head.parameters(), other.parameters());
            try (RewardHead linear = head(HeadSettings.linear(D, 1))) {
                HeadFiles.write(file, linear, new HeadOptimizer(AdamW.Settings.DEFAULT, 0, linear));
            }
            UserException e = assertThrows(UserException.class, () -> HeadFiles.read(file, other, resumed, 1));
            assertTrue(e.getMessage().contains("pooler.dense.weight") && e.getMessage().contains("[5, 5]"), e.getMessage());
        }
    }

    private static void train(RewardHead head, HeadOptimizer optimizer, float[] rows, int steps) {
        for (int k = 0; k < steps; k++) {
            head.clearGradients();
            head.forward(rows, new long[] {1, 2, 3, 4});
            head.backward(random(N * head.settings().outputs(), optimizer.steps()));
            optimizer.step(1e-2, 1);
        }
    }

    @Test
    void saysWhatIsWrong() {
        assertThrows(IllegalArgumentException.class, () -> new HeadSettings(D, 0, false, 0, false));
        assertThrows(IllegalArgumentException.class, () -> new HeadSettings(D, 1, false, 0.1, false));
        assertThrows(IllegalArgumentException.class, () -> new HeadSettings(D, 1, true, 1, false));
        try (RewardHead head = head(HeadSettings.linear(D, 1))) {
            assertThrows(IllegalArgumentException.class, () -> head.score(new float[D + 1]));
            assertThrows(IllegalStateException.class, () -> head.backward(new float[2]));
            assertThrows(IllegalArgumentException.class, () -> head.forward(new float[D], new long[2]));
        }
    }
}
