package org.align4j.losses.policy;

import static org.align4j.losses.policy.EstimatesTest.named;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.losses.policy.GrpoLoss.Level;
import org.align4j.losses.policy.GrpoLoss.Weighting;
import org.junit.jupiter.api.Test;

/** What holds for every policy-gradient objective. */
class PolicyLossesTest {
    private static final int[] LENGTHS = {5, 1, 3, 8};

    /** A loss of its first argument; what else it takes is drawn once and sits beside it. */
    private interface Objective {
        PolicyEvaluation evaluate(double[][] x, double[][] old, double[][] other, Counts batch);
    }

    private static Map<String, Objective> objectives() {
        Map<String, Objective> all = new LinkedHashMap<>();
        List<Aggregation> aggregations = List.of(new Aggregation.TokenMean(), new Aggregation.SequenceMean(), new Aggregation.FixedLength(16));
        for (Aggregation a : aggregations) {
            all.put("policy " + a, (x, old, other, n) -> new ClippedPolicyLoss(0.2, 0.3, a).evaluate(x, old, other, n));
            all.put("value " + a, (x, old, other, n) -> new ClippedValueLoss(0.2, a).evaluate(x, old, other, n));
            all.put("entropy " + a, (x, old, other, n) -> new EntropyBonus(0.3, a).evaluate(x, n));
            for (Level level : Level.values()) {
                GrpoLoss grpo = new GrpoLoss(new Weighting.Clipped(0.2, 0.3), level, 0.1, a);
                all.put("grpo " + level + " " + a, (x, old, other, n) -> grpo.evaluate(x, old, other, advantages(other), n));
            }
        }
        all.put("rloo", (x, old, other, n) -> new RlooLoss(0.4, 0.9).evaluate(x, old, advantages(other), n));
        all.put("reinforce", (x, old, other, n) -> new ReinforceLoss().evaluate(x, advantages(other), n));
        return all;
    }

    private static double[] advantages(double[][] other) {
        return Arrays.stream(other).mapToDouble(row -> row[0] + 0.5).toArray();
    }

    @Test
    void centralDifferences() {
        Random random = new Random(11);
        objectives().forEach((name, objective) -> {
            double[][] old = Rows.random(random, -3, -0.5, LENGTHS);
            double[][] other = Rows.random(random, -2, 1, LENGTHS);
            double[][] x = Rows.random(random, -3, -0.5, LENGTHS);
            Counts n = Counts.of(x);
            Rows.centralDifferences(x, objective.evaluate(x, old, other, n).gradients(), v -> objective.evaluate(v, old, other, n).loss(), name);
        });
    }

    /** Weights of CISPO have no gradient: the derivative is that of the log-probability at weights that stand still. */
    @Test
    void cappedWeightsStandStill() {
        Random random = new Random(12);
        double[][] lp = Rows.random(random, -3, -0.1, LENGTHS);
        double[][] old = Rows.random(random, -3, -0.1, LENGTHS);
        double[] a = {1, -0.5, 0.7, -2};
        PolicyEvaluation e = new GrpoLoss(new Weighting.Capped(1.5), Level.TOKEN, 0, new Aggregation.TokenMean()).evaluate(lp, old, null, a);
        double loss = 0;
        for (int i = 0; i < lp.length; i++) {
            for (int t = 0; t < lp[i].length; t++) {
                double weight = -Math.min(Math.exp(lp[i][t] - old[i][t]), 1.5) * a[i] / 17;
                assertEquals(weight, e.gradients()[i][t], 1e-15);
                loss += weight * lp[i][t];
            }
        }
        assertEquals(loss, e.loss(), 1e-14);
    }

    @Test
    void partsAddUp() {
        Random random = new Random(13);
        objectives().forEach((name, objective) -> {
            double[][] x = Rows.random(random, -3, -0.5, LENGTHS);
            double[][] old = Rows.random(random, -3, -0.5, LENGTHS);
            double[][] other = Rows.random(random, -2, 1, LENGTHS);
            Counts n = Counts.of(x);
            PolicyEvaluation whole = objective.evaluate(x, old, other, n);
            PolicyEvaluation a = objective.evaluate(part(x, 0, 1), part(old, 0, 1), part(other, 0, 1), n);
            PolicyEvaluation b = objective.evaluate(part(x, 1, 4), part(old, 1, 4), part(other, 1, 4), n);
            assertEquals(whole.loss(), a.loss() + b.loss(), 1e-14, name);
            assertArrayEquals(whole.gradients()[0], a.gradients()[0], name);
            assertArrayEquals(whole.gradients()[3], b.gradients()[2], name);
            whole.metrics().forEach((metric, mean) ->
                    assertEquals(mean.value(), a.metrics().get(metric).plus(b.metrics().get(metric)).value(), 1e-13, name + " " + metric));
        });
    }

    @Test
    void inputsAreNotChanged() {
        Random random = new Random(14);
        objectives().forEach((name, objective) -> {
            double[][] x = Rows.random(random, -3, -0.5, LENGTHS);
            double[][] old = Rows.random(random, -3, -0.5, LENGTHS);
            double[][] other = Rows.random(random, -2, 1, LENGTHS);
            String before = Arrays.deepToString(x) + Arrays.deepToString(old) + Arrays.deepToString(other);
            objective.evaluate(x, old, other, Counts.of(x));
            assertEquals(before, Arrays.deepToString(x) + Arrays.deepToString(old) + Arrays.deepToString(other));
        });
    }

    @Test
    void extremeRatiosAreFiniteOrNamed() {
        objectives().forEach((name, objective) -> {
            for (double d : new double[] {500, -500}) {
                for (double a : new double[] {-3, -0.5, 1}) { // advantages(other) make an advantage of 0 of the second
                    double[][] x = {{-600}, {-600}};
                    PolicyEvaluation e = objective.evaluate(x, new double[][] {{-600 - d}, {-600 - d}}, new double[][] {{a}, {a}}, Counts.of(x));
                    assertTrue(Double.isFinite(e.loss()), name + " " + d + " " + a + ": " + e.loss());
                    assertTrue(Double.isFinite(e.gradients()[1][0]), name + " " + d + " " + a + ": " + e.gradients()[1][0]);
                }
            }
        });
        double[][] x = {{-1}, {-1}};
        double[][] far = {{-1}, {-2000}};
        named(() -> new ClippedPolicyLoss().evaluate(x, far, x), "ppo: sequence 1, token 0: the logarithm of the probability ratio is 1999.0");
        named(() -> GrpoLoss.grpo().evaluate(x, far, null, new double[2]), "grpo: sequence 1, token 0");
        named(() -> GrpoLoss.gspo().evaluate(x, far, null, new double[2]), "grpo: sequence 1: ");
        assertTrue(Double.isFinite(GrpoLoss.grpo().withBeta(1).evaluate(far, null, x, new double[2]).loss()), "K3 goes on straight");
        named(() -> new RlooLoss().evaluate(x, far, new double[2]), "rloo: sequence 1: ");
    }

    @Test
    void clippingStopsTheGradientOnlyWhereTheActionWasTakenFarEnough() {
        ClippedPolicyLoss loss = new ClippedPolicyLoss(0.2, 0.3, new Aggregation.TokenMean());
        double[][] old = {{-2}};
        assertEquals(0, loss.evaluate(new double[][] {{-1.5}}, old, new double[][] {{1}}).gradients()[0][0], "good, already likelier");
        assertEquals(Math.exp(0.5), loss.evaluate(new double[][] {{-1.5}}, old, new double[][] {{-1}}).gradients()[0][0], 1e-15, "bad and likelier");
        assertEquals(-Math.exp(-0.5), loss.evaluate(new double[][] {{-2.5}}, old, new double[][] {{1}}).gradients()[0][0], 1e-15, "good, less likely");
        PolicyEvaluation done = loss.evaluate(new double[][] {{-2.5}}, old, new double[][] {{-1}});
        assertEquals(0, done.gradients()[0][0], "bad, already less likely");
        assertEquals(0.8, done.loss(), 1e-15);
        assertEquals(1, done.metric("policy/clipfrac_avg"));
        assertEquals(0.125, done.metric("policy/approxkl_avg"), 1e-15);
        assertEquals(Math.exp(-0.5), done.metric("val/ratio"), 1e-15);
        assertEquals(-1, loss.evaluate(old, old, new double[][] {{1}}).gradients()[0][0], "at ratio 1 it is the plain policy gradient");
    }

    /** On fresh samples all ratios are 1 and the clipped forms have the gradient of REINFORCE, spread by their aggregation. */
    @Test
    void freshSamplesHaveTheGradientOfReinforce() {
        double[][] lp = Rows.random(new Random(15), -3, -0.5, LENGTHS);
        double[] a = {1, -0.5, 0.7, -2};
        double[][] expected = new ReinforceLoss().evaluate(lp, a).gradients();
        double[][] rloo = new RlooLoss().evaluate(lp, lp, a).gradients();
        double[][] fixed = GrpoLoss.drGrpo(10).evaluate(lp, lp, null, a).gradients();
        for (int i = 0; i < lp.length; i++) {
            assertArrayEquals(expected[i], rloo[i], 1e-15);
            assertArrayEquals(Arrays.stream(expected[i]).map(g -> g / 10).toArray(), fixed[i], 1e-15);
            assertEquals(-a[i] / 4, expected[i][0], 1e-15);
        }
        assertArrayEquals(GrpoLoss.grpo().evaluate(lp, lp, null, a).gradients()[3], GrpoLoss.grpo().evaluate(lp, null, null, a).gradients()[3]);
    }

    @Test
    void aggregationsWeighTokens() {
        double[][] lp = {{-1, -1, -1}, {-1}};
        double[] a = {1, 1};
        assertArrayEquals(new double[] {-0.25, -0.25, -0.25}, GrpoLoss.dapo().evaluate(lp, null, null, a).gradients()[0], 1e-15);
        assertArrayEquals(new double[] {-1 / 6.0, -1 / 6.0, -1 / 6.0}, GrpoLoss.grpo().evaluate(lp, null, null, a).gradients()[0], 1e-15);
        assertArrayEquals(new double[] {-0.05, -0.05, -0.05}, GrpoLoss.drGrpo(10).evaluate(lp, null, null, a).gradients()[0], 1e-15);
    }

    @Test
    void badInputIsNamed() {
        double[][] x = {{-1, -2}, {-3}};
        named(() -> new ClippedPolicyLoss().evaluate(x, new double[][] {{-1, -2}, {-3, -4}}, x), "sequence 1 has 1 log-probabilities but 2 old");
        named(() -> new ClippedPolicyLoss().evaluate(x, x, new double[][] {{-1, Double.NaN}, {-3}}), "sequence 0, token 1: one of the advantages is NaN");
        named(() -> new ClippedValueLoss().evaluate(x, x, new double[][] {{-1, -2}}), "2 sequences of values but 1 of returns");
        named(() -> GrpoLoss.grpo().withBeta(0.1).evaluate(x, x, null, new double[2]), "no reference log-probabilities are given");
        named(() -> new RlooLoss().evaluate(x, x, new double[3]), "2 sequences but 3 advantages");
        named(() -> new ReinforceLoss().evaluate(new double[][] {{-1}, {}}, new double[2]), "sequence 1 has no log-probabilities");
        named(() -> new EntropyBonus().evaluate(new double[][] {{Double.POSITIVE_INFINITY}}), "sequence 0, token 0: one of the entropies is Infinity");
        named(() -> new Counts(2, 1), "found 2 sequences and 1 tokens");
        named(() -> new ReinforceLoss().evaluate(x, new double[2]).metric("none"), "No metric none");
        named(() -> new GrpoLoss(new Weighting.Capped(0), Level.TOKEN, 0, new Aggregation.TokenMean()), "cap must be positive");
        named(() -> new ClippedPolicyLoss(0), "epsilonLow must be positive");
    }

    private static double[][] part(double[][] rows, int from, int to) {
        return Arrays.copyOfRange(rows, from, to);
    }
}
