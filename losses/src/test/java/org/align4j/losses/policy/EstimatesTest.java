package org.align4j.losses.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.align4j.losses.Kl;
import org.align4j.losses.policy.KlRewards.Sign;
import org.junit.jupiter.api.Test;

/** Rewards, advantages and returns. */
class EstimatesTest {

    /** Published numbers have six digits. */
    @Test
    void generalizedAdvantages() {
        double[][] rewards = {{-0.1, 0.05, -0.02, 1}};
        double[][] values = {{0.2, 0.3, 0.1, 0.4}};
        assertArrayEquals(new double[] {0.624625, 0.6575, 0.85, 0.6}, new Gae().of(rewards, values).advantages()[0], 5e-7);
        Gae.Estimate monteCarlo = new Gae(1, 1).of(rewards, values);
        assertArrayEquals(new double[] {0.73, 0.73, 0.88, 0.6}, monteCarlo.advantages()[0], 1e-15);
        assertArrayEquals(new double[] {0.93, 1.03, 0.98, 1}, monteCarlo.returns()[0], 1e-15);
        assertArrayEquals(new double[] {-0.1 + 0.5 * 0.3 - 0.2, 0.05 + 0.5 * 0.1 - 0.3, -0.02 + 0.5 * 0.4 - 0.1, 0.6},
                new Gae(0.5, 0).of(rewards, values).advantages()[0], 1e-15, "λ = 0: one step");
    }

    @Test
    void aStateAfterTheLastTokenHasNoAdvantage() {
        Gae.Estimate e = new Gae(1, 1).of(new double[][] {{0, 0, 1}}, new double[][] {{0.1, 0.2, 0.3}});
        assertArrayEquals(new double[] {0.9, 0.8}, e.tokenAdvantages(new double[][] {{-1, -1}})[0], 1e-15);
        named(() -> e.tokenAdvantages(new double[][] {{-1, -1, -1, -1}}), "sequence 0 has 4 tokens but advantages of 3 states");
    }

    @Test
    void leaveOneOut() {
        assertArrayEquals(new double[] {0.666667, -0.666667, -0.666667, 0.666667}, new LeaveOneOut(4).of(new double[] {1, 0, 0, 1}), 5e-7);
        assertArrayEquals(new double[] {1, -1, -2, 2}, new LeaveOneOut(2).of(new double[] {3, 2, 5, 7}), 1e-15);
    }

    @Test
    void groupAdvantagesAddUpToNothingAndEqualRewardsSayNothing() {
        double[] rewards = {1, 2, 6, 5, 5, 5};
        for (GroupAdvantages.Scale scale : GroupAdvantages.Scale.values()) {
            double[] a = new GroupAdvantages(3, scale, 1e-4).of(rewards);
            assertEquals(0, a[0] + a[1] + a[2], 1e-15);
            assertArrayEquals(new double[3], new double[] {a[3], a[4], a[5]});
        }
        assertEquals(-2, new GroupAdvantages(3, GroupAdvantages.Scale.NONE, 1e-4).of(rewards)[0], 1e-15);
        assertEquals(-2 / (Math.sqrt(7) + 1e-4), new GroupAdvantages(3).of(rewards)[0], 1e-15, "unbiased deviation of 1, 2, 6");
        assertEquals(-2 / (2 + 1e-4), new GroupAdvantages(3, GroupAdvantages.Scale.BATCH, 1e-4).of(rewards)[0], 1e-15, "unbiased deviation of all six");
    }

    @Test
    void divergenceRewards() {
        double[][] lp = {{-1.2, -1.0}};
        double[][] ref = {{-1.5, -0.5}};
        assertArrayEquals(new double[] {0.3, -0.5}, divergence(Kl.K1, Sign.SIGNED), 1e-15);
        assertArrayEquals(new double[] {0.3, 0.5}, divergence(Kl.K1, Sign.ABSOLUTE), 1e-15);
        assertArrayEquals(new double[] {0.3, 0}, divergence(Kl.K1, Sign.POSITIVE), 1e-15);
        assertEquals(0.045, divergence(Kl.K2, Sign.SIGNED)[0], 1e-15);
        assertEquals(0.040818, divergence(Kl.K3, Sign.SIGNED)[0], 5e-7);
        double[] scores = {2};
        assertArrayEquals(new double[] {-0.03, 2.05}, new KlRewards(0.1).of(lp, ref, scores)[0], 1e-15);
        assertEquals(2.02, new KlRewards(0.1).ofResponses(lp, ref, scores)[0], 1e-15);
        assertArrayEquals(new double[] {-0.03, 0.05, 2}, late(3).of(lp, ref, scores)[0], 1e-15, "a state of its own");
        assertArrayEquals(new double[] {-0.03, 2.05}, late(2).of(lp, ref, scores)[0], 1e-15, "no room");
        named(() -> late(1).of(lp, ref, scores), "2 tokens, more than maxTokens = 1");
    }

    @Test
    void whitenedNumbersHaveMeanZeroAndUnitVariance() {
        double[][] x = Rows.random(new Random(3), -5, 9, 4, 1, 7);
        Whitening.Moments m = Whitening.Moments.of(new Whitening(true).of(x));
        assertEquals(0, m.mean(), 1e-15);
        assertEquals(1, m.variance(), 1e-8, "but for ε");
        assertEquals(Whitening.Moments.of(x).mean(), Whitening.Moments.of(new Whitening(false).of(x)).mean(), 1e-14);
        assertArrayEquals(new double[3], new Whitening(true).of(new double[][] {{5, 5, 5}})[0], "equal numbers");
    }

    @Test
    void badInputIsNamed() {
        double[][] one = {{-1}, {-2, -3}};
        named(() -> new Gae().of(one, new double[][] {{1}, {2}}), "gae: sequence 1 has 2 rewards but 1 values");
        named(() -> new Gae().of(one, new double[][] {{1}}), "2 sequences of rewards but 1 of values");
        named(() -> new Gae().of(new double[][] {{1}, {2, Double.NaN}}, one), "sequence 1, token 1: one of the rewards is NaN");
        named(() -> new KlRewards().of(one, one, new double[] {1}), "2 sequences but 1 scores");
        named(() -> new KlRewards().of(one, one, new double[] {1, Double.NaN}), "sequence 1: one of the scores is NaN");
        named(() -> new KlRewards().of(one, null, new double[] {1, 1}), "no reference log-probabilities are given");
        named(() -> new KlRewards().of(new double[][] {{-1}, {}}, one, new double[] {1, 1}), "sequence 1 has no log-probabilities");
        named(() -> new Whitening(true).of(new double[][] {{1}}), "one value has no variance");
        named(() -> new GroupAdvantages(3).of(new double[4]), "4 rewards are not whole groups of 3");
        named(() -> new LeaveOneOut(2).of(new double[] {1, Double.POSITIVE_INFINITY}), "sequence 1: one of the rewards is Infinity");
    }

    @Test
    void impossibleSettingsAreRefused() {
        named(() -> new Gae(1.1, 1), "gamma must be in [0, 1], found 1.1");
        named(() -> new Gae(1, Double.NaN), "lambda must be in [0, 1]");
        named(() -> new KlRewards(-1), "coefficient must be at least 0");
        named(() -> new Whitening(true, 0), "epsilon must be positive");
        named(() -> new GroupAdvantages(1), "at least 2 responses, found 1");
        named(() -> new LeaveOneOut(1), "at least 2 responses, found 1");
        named(() -> new ScorePlace.AfterLastToken(0), "maxTokens must be at least 1");
    }

    private static KlRewards late(int maxTokens) {
        return new KlRewards(0.1, Kl.K1, Sign.SIGNED, new ScorePlace.AfterLastToken(maxTokens));
    }

    private static double[] divergence(Kl kl, Sign sign) {
        return new KlRewards(1, kl, sign, new ScorePlace.LastToken()).divergence(new double[][] {{-1.2, -1.0}}, new double[][] {{-1.5, -0.5}})[0];
    }

    static void named(Runnable call, String expected) {
        String m = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertTrue(m.contains(expected), m);
    }
}
