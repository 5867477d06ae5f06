package org.align4j.rewardmodels.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.align4j.core.train.Streams;
import org.junit.jupiter.api.Test;

class BestOfNTest {

    @Test
    void theBestIsTheFirstOfEquals() {
        assertEquals(1, BestOfN.best(new double[] {0, 2, 2, -1}));
        assertArrayEquals(new int[] {1, 2, 0}, BestOfN.best(new double[] {0, 2, 2, -1}, 3));
        assertArrayEquals(new int[] {0}, BestOfN.best(new double[] {-4}, 3));
        assertThrows(IllegalArgumentException.class, () -> BestOfN.best(new double[] {Double.NaN}));
    }

    @Test
    void klByTheFormula() {
        assertEquals(0, BestOfN.kl(1));
        assertEquals(Math.log(2) - 0.5, BestOfN.kl(2), 1e-15);
        assertEquals(Math.log(64) - 63 / 64.0, BestOfN.kl(64), 1e-15);
        assertThrows(IllegalArgumentException.class, () -> BestOfN.kl(0));
    }

    /** The policy is uniform on 0 … m−1 with rewards all different: best-of-n has P(k) = ((k+1)^n − k^n)/m^n, whose divergence nears the formula from below as m grows. */
    @Test
    void klIsThatOfTheLawItself() {
        int n = 4;
        int m = 200_000;
        double kl = 0;
        for (int k = 0; k < m; k++) {
            double p = Math.pow((k + 1.0) / m, n) - Math.pow(k / (double) m, n);
            kl += p > 0 ? p * Math.log(p * m) : 0;
        }
        // The sum is a Riemann sum of the integral: its error is of the order of log(m)/m.
        assertEquals(BestOfN.kl(n), kl, 1e-4);
    }

    /** Against all subsets, one by one. Equal proxies share their gold. */
    @Test
    void theEstimatorIsTheMeanOverAllSubsets() {
        double[] proxy = {0.3, -1, 0.3, 2, 0.3, 1, -1};
        double[] gold = {1, 5, 2, -3, 4, 0.5, 7};
        for (int n = 1; n <= proxy.length; n++) {
            double sum = 0;
            int count = 0;
            for (int set = 0; set < 1 << proxy.length; set++) {
                if (Integer.bitCount(set) == n) {
                    sum += goldOfBest(set, proxy, gold);
                    count++;
                }
            }
            assertEquals(sum / count, BestOfN.expected(proxy, gold, n), 1e-12, "n = " + n);
        }
    }

    private static double goldOfBest(int set, double[] proxy, double[] gold) {
        double max = Double.NEGATIVE_INFINITY;
        double sum = 0;
        int ties = 0;
        for (int i = 0; i < proxy.length; i++) {
            if ((set >> i & 1) == 1 && proxy[i] >= max) {
                sum = proxy[i] > max ? gold[i] : sum + gold[i];
                ties = proxy[i] > max ? 1 : ties + 1;
                max = proxy[i];
            }
        }
        return sum / ties;
    }

    /** The largest of n uniform numbers is n/(n+1) on average; the estimate out of N = 16 is unbiased, its mean over 4,000 sets is within five standard errors. */
    @Test
    void theEstimatorHasNoBias() {
        RandomGenerator random = Streams.of(8, "test", 0);
        int trials = 4_000;
        double[] sum = new double[16];
        double[] squares = new double[16];
        for (int t = 0; t < trials; t++) {
            double[] rewards = random.doubles(16).toArray();
            double[] curve = BestOfN.curve(rewards, rewards);
            for (int i = 0; i < 16; i++) {
                sum[i] += curve[i];
                squares[i] += curve[i] * curve[i];
            }
        }
        for (int i = 0; i < 16; i++) {
            double mean = sum[i] / trials;
            double error = Math.sqrt((squares[i] / trials - mean * mean) / trials);
            assertEquals((i + 1) / (i + 2.0), mean, 5 * error, "n = " + (i + 1));
        }
    }

    @Test
    void theEndsOfTheCurveAreMeanAndMaximum() {
        double[] r = {3, 1, 2, 9, -5};
        double[] curve = BestOfN.curve(r, r);
        assertEquals(2, curve[0], 1e-12);
        assertEquals(9, curve[4], 1e-12);
        double[] sorted = curve.clone();
        Arrays.sort(sorted);
        assertArrayEquals(sorted, curve);
        assertThrows(IllegalArgumentException.class, () -> BestOfN.expected(r, r, 6));
        assertThrows(IllegalArgumentException.class, () -> BestOfN.expected(r, new double[4], 2));
    }

    /** Weights fall below the smallest double where N is large; the sum must not become NaN and must stay the maximum for n = N. */
    @Test
    void largeNumbersOfAnswersDoNotOverflow() {
        double[] r = Streams.of(1, "test", 0).doubles(5_000).toArray();
        assertEquals(Arrays.stream(r).max().orElseThrow(), BestOfN.expected(r, r, 5_000), 1e-12);
        assertEquals(1_000 / 1_001.0, BestOfN.expected(r, r, 1_000), 2e-3);
    }
}
