package org.align4j.losses.reward;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.align4j.losses.Gradients;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RewardLossTest {

    static Stream<PairRewardLoss> pairs() {
        return Stream.of(new BradleyTerryLoss(), new BradleyTerryLoss(0.05), new MarginBradleyTerryLoss(0.01), new ScaledBradleyTerryLoss(0.01),
                new SeparableDphLoss(), new ContrastiveDphLoss(), new SeparableDphLoss(0), new ContrastiveDphLoss(0.3));
    }

    static Stream<ListRewardLoss> lists() {
        return Stream.of(new PlackettLuceLoss(), new AllPairsLoss());
    }

    @Test
    void publishedExample() {
        Map<PairRewardLoss, Double> expected = Map.of(new BradleyTerryLoss(), 0.403186, new MarginBradleyTerryLoss(), 1.541008,
                new ScaledBradleyTerryLoss(), 0.806372, new SeparableDphLoss(), 1.307359, new ContrastiveDphLoss(), 0.473186);
        expected.forEach((loss, value) -> assertEquals(value, loss.of(1.2, 0.5, 2).loss(), 5e-7, loss.toString()));
        double[] scores = {0.2, 0.5, -0.1, 0};
        double[] labels = {0.9, 0.6, 0.3, 0.1};
        assertEquals(2.875732, new PlackettLuceLoss().value(scores, labels, new double[4]), 5e-7);
        assertEquals(3.662811 / 6, new AllPairsLoss().value(scores, labels, new double[4]), 1e-7);
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void pairCentralDifferences(PairRewardLoss loss) {
        Random random = new Random(31);
        double[] w = random.doubles(6, -3, 3).toArray();
        double[] l = random.doubles(6, -3, 3).toArray();
        double[] m = random.doubles(6, 0, 3).toArray();
        double[][] g = loss.evaluate(w, l, m).gradients();
        Gradients.check(w, g[0], x -> loss.evaluate(x, l, m).loss(), loss + " chosen");
        Gradients.check(l, g[1], x -> loss.evaluate(w, x, m).loss(), loss + " rejected");
    }

    @ParameterizedTest
    @MethodSource("lists")
    void listCentralDifferences(ListRewardLoss loss) {
        Random random = new Random(32);
        double[][] rewards = {random.doubles(2, -3, 3).toArray(), random.doubles(5, -3, 3).toArray()};
        double[][] labels = {random.doubles(2).toArray(), {1, 2, 2, 0, 1}};
        double[][] g = loss.evaluate(rewards, labels).gradients();
        for (int i = 0; i < 2; i++) {
            Gradients.check(rewards[i], g[i], x -> loss.evaluate(rewards, labels).loss(), loss + " list " + i);
        }
    }

    @ParameterizedTest
    @MethodSource("lists")
    void listsOfTwoAreBradleyTerry(ListRewardLoss loss) {
        RewardEvaluation pair = new BradleyTerryLoss().evaluate(new double[] {1.2, -3}, new double[] {0.5, 7});
        RewardEvaluation list = loss.evaluate(new double[][] {{1.2, 0.5}, {7, -3}}, new double[][] {{4, 1}, {0, 1}});
        assertEquals(pair.loss(), list.loss(), 1e-15);
        assertEquals(pair.gradients()[0][0], list.gradients()[0][0], 1e-15);
        assertEquals(pair.gradients()[1][1], list.gradients()[1][0], 1e-15);
        assertEquals(pair.metrics().keySet(), list.metrics().keySet());
        pair.metrics().forEach((k, v) -> assertEquals(v, list.metrics().get(k), 1e-15, k));
    }

    @Test
    void headsAreBoundedBySmoothing() {
        double best = Math.log(0.9 / 0.1);
        PairRewardLoss.Value v = new SeparableDphLoss().of(best, -best, 0);
        assertEquals(0, v.chosen(), 1e-15);
        assertEquals(0, v.rejected(), 1e-15);
        assertEquals(0, new ContrastiveDphLoss().of(best + 5, 5, 0).chosen(), 1e-15);
        assertTrue(new ContrastiveDphLoss().of(best + 6, 5, 0).chosen() > 0);
    }

    @Test
    void offsetIsFreeWithoutCentringAndFixedWithIt() {
        assertEquals(new BradleyTerryLoss().of(3, 2, 0).loss(), new BradleyTerryLoss().of(8, 7, 0).loss(), 1e-15);
        PairRewardLoss centred = new BradleyTerryLoss(0.01);
        assertEquals(centred.of(0.5, -0.5, 0).loss() + 0.01 * 225, centred.of(8, 7, 0).loss(), 1e-14);
    }

    @Test
    void metricsByTrlsNames() {
        RewardEvaluation e = new BradleyTerryLoss().evaluate(new double[] {1, 2, 3}, new double[] {0, 2, 5});
        assertEquals(Map.of("accuracy", 1.0 / 3, "margin", -1.0 / 3, "min_reward", 0.0, "mean_reward", 13.0 / 6, "max_reward", 5.0), e.metrics());
        RewardEvaluation ties = new AllPairsLoss().evaluate(new double[][] {{1, 2}}, new double[][] {{3, 3}});
        assertEquals(Map.of("min_reward", 1.0, "mean_reward", 1.5, "max_reward", 2.0), ties.metrics());
        assertEquals(0, ties.loss());
    }

    @Test
    void regressionSkipsMissingRatings() {
        RegressionLoss loss = new RegressionLoss();
        double nan = Double.NaN;
        RewardEvaluation e = loss.evaluate(new double[][] {{1, 2}, {3, 4}}, new double[][] {{0, nan}, {nan, 1}});
        assertEquals((1.0 + 9.0) / 2, e.loss());
        assertArrayEquals(new double[] {1, 0}, e.gradients()[0]);
        assertArrayEquals(new double[] {0, 3}, e.gradients()[1]);
        assertEquals(Map.of("min_reward", 1.0, "mean_reward", 2.5, "max_reward", 4.0), e.metrics());
        assertEquals((1.0 + 4.0) / 2, loss.evaluate(new double[] {1, 3}, new double[] {0, 5}).loss());
        Random random = new Random(33);
        double[][] r = {random.doubles(5).toArray(), random.doubles(5).toArray()};
        double[][] ratings = {{4, 3, nan, 0, 1}, {2, nan, nan, 3, 4}};
        for (int i = 0; i < 2; i++) {
            Gradients.check(r[i], loss.evaluate(r, ratings).gradients()[i], x -> loss.evaluate(r, ratings).loss(), "response " + i);
        }
    }

    @Test
    void extremesStayFiniteOrAreNamed() {
        double[] big = {500, -500, 0, 500, 1e6};
        double[] other = {-500, 500, 0, 500, -1e6};
        pairs().forEach(loss -> finite(loss.evaluate(big, other, new double[] {0, 3, 1e5, 1, 1})));
        lists().forEach(loss -> {
            finite(loss.evaluate(new double[][] {big, other}, new double[][] {{1, 2, 3, 4, 5}, {1, 1, 1, 1, 2}}));
            double[] many = new double[1000];
            Arrays.setAll(many, i -> i % 7 - 500);
            finite(loss.evaluate(new double[][] {many}, new double[][] {many}));
        });
        message("the rewards or labels are too large", () -> new RegressionLoss().evaluate(new double[] {1e200}, new double[] {0}));
    }

    @Test
    void badInputIsNamed() {
        double[] one = {1};
        pairs().forEach(loss -> {
            message("rejected reward 0 is NaN", () -> loss.evaluate(one, new double[] {Double.NaN}, one));
            message("chosen reward 0 is -Infinity", () -> loss.evaluate(new double[] {Double.NEGATIVE_INFINITY}, one, one));
            message("there are 2 rejected rewards, required are 1", () -> loss.evaluate(one, new double[2], one));
            message("there are no chosen rewards", () -> loss.evaluate(new double[0], new double[0], one));
        });
        message("there are 0 margins, required are 1", () -> new MarginBradleyTerryLoss().evaluate(one, one));
        message("margin 0 is NaN", () -> new ScaledBradleyTerryLoss().evaluate(one, one, new double[] {Double.NaN}));
        message("margin must be at least 0", () -> new ScaledBradleyTerryLoss().evaluate(one, one, new double[] {-1}));
        lists().forEach(loss -> {
            message("list 0 has 1 reward(s)", () -> loss.evaluate(new double[][] {one}, new double[][] {one}));
            message("list 0, reward 1 is NaN", () -> loss.evaluate(new double[][] {{1, Double.NaN}}, new double[][] {{1, 2}}));
            message("list 0, label 0 is Infinity", () -> loss.evaluate(new double[][] {{1, 2}}, new double[][] {{Double.POSITIVE_INFINITY, 2}}));
            message("3 labels in list 0, required are 2", () -> loss.evaluate(new double[][] {{1, 2}}, new double[][] {{1, 2, 3}}));
        });
        message("every rating of the batch is missing", () -> new RegressionLoss().evaluate(one, new double[] {Double.NaN}));
        message("response 0, rating 0 is Infinity", () -> new RegressionLoss().evaluate(one, new double[] {Double.POSITIVE_INFINITY}));
        message("centering must be at least 0", () -> new BradleyTerryLoss(-1));
        message("[0, 0.5)", () -> new SeparableDphLoss(0.5));
        message("[0, 0.5)", () -> new ContrastiveDphLoss(Double.NaN));
    }

    private static void finite(RewardEvaluation e) {
        assertTrue(Double.isFinite(e.loss()));
        for (double[] row : e.gradients()) {
            for (double g : row) {
                assertTrue(Double.isFinite(g), "gradient " + g);
            }
        }
    }

    private static void message(String expected, Executable call) {
        String m = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(m.contains(expected), m);
    }
}
