package org.align4j.rewardmodels.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.align4j.core.train.Streams;
import org.align4j.rewardmodels.sampling.RejectionSampling.Accepted;
import org.junit.jupiter.api.Test;

class RejectionSamplingTest {
    /** χ² with 2 degrees of freedom exceeds this once in 100,000; seeds are fixed, so a correct program passes every time. */
    private static final double CHI2_2 = 23.03;

    /** objectives.md, section 13: exp(−1), exp(−3), exp(−6). */
    @Test
    void firstSweepAcceptsWithTheProbabilitiesOfThePaper() {
        double[] acceptance = new RejectionSampling(4, 0.5).acceptance(new double[] {2, 1.5, 0.5, -1});
        assertArrayEquals(new double[] {1, 0.367879, 0.049787, 0.002479}, acceptance, 5e-7);
    }

    /** The number the first sweep accepts has mean Σ p_i and variance Σ p_i(1 − p_i); five standard errors are a bound of one in 1.7 million. */
    @Test
    void theRateOfTheFirstSweepIsAsExpected() {
        double[] rewards = {2, 1.5, 0.5, -1, 1.9, 1.2, 0.3};
        RejectionSampling rso = new RejectionSampling(7, 0.5);
        double[] p = rso.acceptance(rewards);
        int[] counts = new int[rewards.length];
        int trials = 40_000;
        RandomGenerator random = Streams.of(3, "test", 0);
        for (int t = 0; t < trials; t++) {
            firstSweep(rewards, 0.5, random, counts);
        }
        double expected = rso.acceptanceRate(rewards);
        double rate = Arrays.stream(counts).sum() / (double) trials / rewards.length;
        double error = Math.sqrt(Arrays.stream(p).map(v -> v * (1 - v)).sum() / trials) / rewards.length;
        assertEquals(expected, rate, 5 * error);
        assertEquals(Arrays.stream(p).sum() / 7, expected, 1e-15);
        for (int i = 0; i < p.length; i++) {
            assertEquals(p[i], counts[i] / (double) trials, 5 * Math.sqrt(p[i] * (1 - p[i]) / trials) + 1e-12, "answer " + i);
        }
    }

    /** Whether an answer was accepted in the first sweep shows in a draw of all answers by a generator that says when it begins a new sweep. */
    private static void firstSweep(double[] rewards, double beta, RandomGenerator random, int[] counts) {
        int[] drawn = {0};
        RandomGenerator counted = new RandomGenerator() {
            @Override
            public long nextLong() {
                return random.nextLong();
            }

            @Override
            public double nextDouble() {
                drawn[0]++;
                // After one number per answer the sweep is over: from there on every answer is accepted at once.
                return drawn[0] <= rewards.length ? random.nextDouble() : -1;
            }
        };
        Accepted all = new RejectionSampling(rewards.length, beta).sample(rewards, counted);
        int first = 2 * rewards.length - drawn[0];
        for (int k = 0; k < first; k++) {
            counts[all.indices()[k]]++;
        }
    }

    /** Of 64 answers of π the best outcome is among them but for (1 − 0.3)^64 = 1e-10, so the first one accepted has the law π·exp(r/β)/Z. */
    @Test
    void whatIsAcceptedHasTheLawOfTheOptimalPolicy() {
        double[] policy = {0.5, 0.2, 0.3};
        double[] reward = {0, 0.4, 1};
        double beta = 0.5;
        double[] optimal = IntStream.range(0, 3).mapToDouble(i -> policy[i] * Math.exp(reward[i] / beta)).toArray();
        double z = Arrays.stream(optimal).sum();
        int trials = 30_000;
        int[] seen = new int[3];
        for (int t = 0; t < trials; t++) {
            RandomGenerator random = Streams.of(11, "test", t);
            int[] outcomes = IntStream.range(0, 64).map(k -> draw(policy, random)).toArray();
            double[] rewards = Arrays.stream(outcomes).mapToDouble(o -> reward[o]).toArray();
            seen[outcomes[new RejectionSampling(1, beta).sample(rewards, random).indices()[0]]]++;
        }
        double chi2 = 0;
        for (int i = 0; i < 3; i++) {
            double e = trials * optimal[i] / z;
            chi2 += (seen[i] - e) * (seen[i] - e) / e;
        }
        assertTrue(chi2 < CHI2_2, "χ² " + chi2 + " of " + Arrays.toString(seen));
    }

    /** Two answers, one accepted: the worse one wins if it is looked at first and accepted, half of exp(−Δ/β). */
    @Test
    void ofTwoAnswersTheWorseWinsAsOftenAsItShould() {
        int trials = 40_000;
        int worse = 0;
        for (int t = 0; t < trials; t++) {
            worse += new RejectionSampling(1, 2).sample(new double[] {1, 0}, Streams.of(5, "test", t)).indices()[0];
        }
        double p = Math.exp(-0.5) / 2;
        assertEquals(p, worse / (double) trials, 5 * Math.sqrt(p * (1 - p) / trials));
    }

    @Test
    void withoutBetaTheBestAreTaken() {
        double[] rewards = {0.1, 3, -2, 3, 0.5, 1};
        for (int t = 0; t < 50; t++) {
            Accepted a = new RejectionSampling(3, 0).sample(rewards, Streams.of(1, "test", t));
            int[] sorted = a.indices().clone();
            Arrays.sort(sorted);
            assertArrayEquals(new int[] {1, 3, 5}, sorted);
            assertEquals(2, a.sweeps(), "both best in the first sweep, the next in the second");
        }
        double[] tiny = new RejectionSampling(1, 1e-300).acceptance(rewards);
        assertArrayEquals(new double[] {0, 1, 0, 1, 0, 0}, tiny);
    }

    /** All 10 subsets of 3 out of 5 are equally likely; χ² with 9 degrees of freedom exceeds 39.3 once in 100,000. */
    @Test
    void withEndlessBetaAnySubsetIsAsLikely() {
        int trials = 20_000;
        int[] seen = new int[32];
        for (int t = 0; t < trials; t++) {
            int set = 0;
            for (int i : new RejectionSampling(3, Double.POSITIVE_INFINITY).sample(new double[] {5, 4, -3, 2, 1e9}, Streams.of(2, "test", t)).indices()) {
                set |= 1 << i;
            }
            seen[set]++;
        }
        double chi2 = 0;
        for (int set = 0; set < 32; set++) {
            if (Integer.bitCount(set) == 3) {
                chi2 += Math.pow(seen[set] - trials / 10.0, 2) / (trials / 10.0);
            } else {
                assertEquals(0, seen[set]);
            }
        }
        assertTrue(chi2 < 39.3, "χ² " + chi2);
    }

    @Test
    void itEndsWhateverTheRewardsAndTakesNoAnswerTwice() {
        for (double[] rewards : new double[][] {{7}, {1, 1, 1, 1}, {-1e308, 1e308, 0}, {0, -1e-300}, new double[500]}) {
            for (double beta : new double[] {0, 1e-12, 0.5, 1e300, Double.POSITIVE_INFINITY}) {
                Accepted a = new RejectionSampling(600, beta).sample(rewards, Streams.of(4, "test", 0));
                int[] sorted = a.indices().clone();
                Arrays.sort(sorted);
                assertArrayEquals(IntStream.range(0, rewards.length).toArray(), sorted);
                assertTrue(a.sweeps() >= 1 && a.sweeps() <= rewards.length);
            }
        }
    }

    @Test
    void theSameSeedAcceptsTheSame() {
        double[] rewards = IntStream.range(0, 64).mapToDouble(i -> Math.sin(i)).toArray();
        RejectionSampling rso = new RejectionSampling(8, 0.5);
        assertArrayEquals(rso.sample(rewards, Streams.of(9, "rso", 1)).indices(), rso.sample(rewards, Streams.of(9, "rso", 1)).indices());
    }

    @Test
    void refusesWhatItCannotUse() {
        assertThrows(IllegalArgumentException.class, () -> new RejectionSampling(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new RejectionSampling(1, -1));
        assertThrows(IllegalArgumentException.class, () -> new RejectionSampling(1, Double.NaN));
        RejectionSampling rso = new RejectionSampling(1, 1);
        assertThrows(IllegalArgumentException.class, () -> rso.sample(new double[0], Streams.of(1, "test", 0)));
        assertThrows(IllegalArgumentException.class, () -> rso.acceptance(new double[] {0, Double.NaN}));
    }

    private static int draw(double[] p, RandomGenerator random) {
        double u = random.nextDouble();
        int i = 0;
        while (i < p.length - 1 && u >= p[i]) {
            u -= p[i++];
        }
        return i;
    }
}
