package org.align4j.rewardmodels.winrate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.align4j.rewardmodels.internal.Logistic;
import org.junit.jupiter.api.Test;

class L1LogisticTest {

    @Test
    void oneFeatureHasAClosedForm() {
        double[][] x = new double[8][];
        Arrays.setAll(x, i -> new double[] {1});
        double[] p = {1, 1, 0.5, 1, 0.25, 1, 0, 0.75};
        double[] s = {1, 2, 1, 1, 0.5, 1, 1, 1};
        double weight = Arrays.stream(s).sum();
        double mean = 0;
        for (int i = 0; i < p.length; i++) {
            mean += s[i] * p[i] / weight;
        }
        for (double c : new double[] {0.5, 1, 10, 1000}) {
            // C Σs (σ(w) − p̄) = −1 where w > 0; w is 0 while the slope there, C Σs (p̄ − ½), is at most 1.
            double target = mean - 1 / (c * weight);
            double expected = target <= 0.5 ? 0 : Math.log(target / (1 - target));
            assertEquals(expected, new L1Logistic(x, p, s, c).solve(0)[0], 1e-9, "C = " + c);
        }
        assertEquals(0, new L1Logistic(x, p, s, 0.1).solve(0.7)[0]);
        assertTrue(new L1Logistic(x, p, s, 1).solve(0)[0] > 0);
        double[] turned = Arrays.stream(p).map(v -> 1 - v).toArray();
        assertEquals(-new L1Logistic(x, p, s, 10).solve(0)[0], new L1Logistic(x, turned, s, 10).solve(0)[0], 1e-12);
    }

    @Test
    void theConditionsOfTheOptimumHold() {
        Random random = new Random(4);
        int n = 300;
        double[][] x = new double[n][5];
        double[] p = new double[n];
        double[] s = new double[n];
        for (int i = 0; i < n; i++) {
            Arrays.setAll(x[i], j -> random.nextGaussian());
            x[i][4] = x[i][0] + 0.01 * x[i][4];
            p[i] = i % 3 == 0 ? random.nextInt(2) : Logistic.sigmoid(2 * x[i][0] - x[i][1] + 0.3 * random.nextGaussian());
            s[i] = random.nextDouble();
        }
        for (double c : new double[] {1e-4, 1e-2, 0.05, 1, 100, 1e4}) {
            L1Logistic problem = new L1Logistic(x, p, s, c);
            double[] w = problem.solve(new double[5]);
            // The gradient is a sum of some C · n terms of size 1, each with an error of 1e-16.
            assertTrue(problem.violation(w) < 1e-10 * Math.max(1, c * n), "C = " + c + ": " + problem.violation(w));
            assertArrayEquals(w, problem.solve(1, -1, 1, -1, 1), 1e-6, "the same from elsewhere, C = " + c);
            for (int t = 0; t < 50; t++) {
                double[] other = w.clone();
                other[t % 5] += 0.1 * random.nextGaussian();
                assertTrue(problem.value(other) >= problem.value(w));
            }
        }
        double[] few = new L1Logistic(x, p, s, 0.05).solve(new double[5]);
        assertTrue(Arrays.stream(few).filter(v -> v == 0).count() >= 2, "the penalty leaves out what says little: " + Arrays.toString(few));
    }

    @Test
    void separableDataStayFinite() {
        double[][] x = {{1, 0}, {2, 0}, {-1, 0}, {-3, 0}};
        double[] p = {1, 1, 0, 0};
        double[] s = {1, 1, 1, 1};
        L1Logistic problem = new L1Logistic(x, p, s, 1e4);
        double[] w = problem.solve(0, 0);
        assertTrue(w[0] > 5 && w[0] < 20, "found " + w[0]);
        assertEquals(0, w[1], "a feature that is always 0");
        assertTrue(problem.violation(w) < 1e-6, "found " + problem.violation(w));
    }
}
