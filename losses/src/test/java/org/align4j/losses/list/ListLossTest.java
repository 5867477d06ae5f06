package org.align4j.losses.list;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Gradients;
import org.align4j.losses.pair.DpoLoss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ListLossTest {
    private static final double[] LABELS = {0.9, 0.6, 0.3, 0.1};
    private static final double[] SCORES = {0.2, 0.5, -0.1, 0};

    static Stream<ListLoss> all() {
        return all(0.7);
    }

    static Stream<ListLoss> ofDifferences() {
        return all().filter(l -> !(l instanceof PointMseLoss || l instanceof PointSigmoidLoss));
    }

    private static Stream<ListLoss> all(double beta) {
        return Stream.of(new LambdaLoss(beta, LambdaLoss.Discount.LOG2), new LambdaLoss(beta, LambdaLoss.Discount.LN), new ListMleLoss(beta),
                new ListNetLoss(beta), new SoftmaxLoss(beta), new SoftmaxLoss(beta, false), new PairLogisticLoss(beta), new PairHingeLoss(beta),
                new PointMseLoss(beta), new PointSigmoidLoss(beta));
    }

    /** Values of objectives evaluated by hand, rounded to six places. */
    @Test
    void publishedExample() {
        double[] expected = {0.427494, 0.616743, 2.875732, Double.NaN, 1.326544, Double.NaN, 3.662811, 4.8, 0.67, 2.65976};
        List<ListLoss> losses = all().toList();
        for (int i = 0; i < expected.length; i++) {
            if (!Double.isNaN(expected[i])) {
                assertEquals(expected[i], losses.get(i).value(SCORES, LABELS, new double[4]), 5e-7, losses.get(i).toString());
            }
        }
    }

    @Test
    void namesAndDefaults() {
        Stream<ListLoss> defaults = Stream.of(new LambdaLoss(), new ListMleLoss(), new ListNetLoss(), new SoftmaxLoss(), new PairLogisticLoss(),
                new PairHingeLoss(), new PointMseLoss(), new PointSigmoidLoss());
        assertEquals(List.of("lambda", "list_mle", "listnet", "softmax", "pair_logistic", "pair_hinge", "point_mse", "point_sigmoid"),
                defaults.peek(l -> assertEquals(0.05, l.beta())).map(ListLoss::name).toList());
        assertEquals(LambdaLoss.Discount.LOG2, new LambdaLoss().discount());
        assertTrue(new SoftmaxLoss().normalised());
    }

    /** A tolerance of rounding: β times a difference against the difference of β times each. */
    @Test
    void ofTwoResponsesArePairLosses() {
        Random random = new Random(3);
        for (int trial = 0; trial < 50; trial++) {
            Example list = Gradients.random(random, 1, 2).get(0);
            List<Example.Response> r = list.responses();
            Example pair = r.get(0).score() > r.get(1).score() ? list : Example.pair(r.get(1), r.get(0));
            boolean swapped = pair != list;
            double beta = 0.3;
            Evaluation dpo = new DpoLoss(beta).evaluate(List.of(pair));
            for (ListLoss loss : List.of(new PairLogisticLoss(beta), new ListMleLoss(beta))) {
                Evaluation e = loss.evaluate(List.of(list));
                assertEquals(dpo.loss(), e.loss(), 1e-14, loss.toString());
                for (int k = 0; k < 2; k++) {
                    assertArrayEquals(dpo.gradients().get(0)[k], e.gradients().get(0)[swapped ? 1 - k : k], 1e-15, loss.toString());
                }
                for (String metric : dpo.metrics().keySet()) {
                    assertEquals(dpo.metric(metric), e.metric(metric), 1e-14, metric);
                }
            }
            double h = dpo.metric("rewards/margins");
            assertEquals(Math.max(0, 1 - h), new PairHingeLoss(beta).evaluate(List.of(list)).loss(), 1e-14);
        }
        Example published = list(new double[] {1, 0}, 1, -0.5);
        assertEquals(0.925, new PairHingeLoss(0.05).evaluate(List.of(published)).loss(), 1e-15);
        assertEquals(0.656350, new PairLogisticLoss(0.05).evaluate(List.of(published)).loss(), 5e-7);
    }

    /** Random scores are away from the hinge's corners and from ties, where lambda's weights jump. */
    @ParameterizedTest
    @MethodSource("all")
    void centralDifferences(ListLoss loss) {
        Random random = new Random(7);
        for (int k = 2; k <= 6; k++) {
            if (!(loss instanceof LambdaLoss)) {
                Gradients.check(loss, Gradients.random(random, 3, k));
            }
            double[] scores = random.doubles(k, -2, 2).toArray();
            double[] labels = random.doubles(k).toArray();
            double[] g = new double[k];
            loss.value(scores, labels, g);
            Gradients.check(scores, g, s -> loss.value(s, labels, new double[s.length]), loss + " score");
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void orderOfTheResponsesDoesNotMatter(ListLoss loss) {
        double[] g = new double[4];
        double value = loss.value(SCORES, LABELS, g);
        int[] order = {2, 0, 3, 1};
        double[] s = new double[4];
        double[] l = new double[4];
        double[] expected = new double[4];
        for (int i = 0; i < 4; i++) {
            s[i] = SCORES[order[i]];
            l[i] = LABELS[order[i]];
            expected[i] = g[order[i]];
        }
        double[] permuted = new double[4];
        assertEquals(value, loss.value(s, l, permuted), 1e-14);
        assertArrayEquals(expected, permuted, 1e-15);
    }

    @ParameterizedTest
    @MethodSource("ofDifferences")
    void addingAConstantToAllScoresChangesNothing(ListLoss loss) {
        double[] shifted = SCORES.clone();
        for (int i = 0; i < 4; i++) {
            shifted[i] += 8;
        }
        double[] a = new double[4];
        double[] b = new double[4];
        assertEquals(loss.value(SCORES, LABELS, a), loss.value(shifted, LABELS, b), 1e-13);
        assertArrayEquals(a, b, 1e-14);
        assertEquals(0, a[0] + a[1] + a[2] + a[3], 1e-15, "forces balance");
    }

    @Test
    void lambdaWeighsByCurrentRankAndTiesGoByIndex() {
        double[] g = new double[2];
        double expected = (Math.pow(2, 1) - Math.pow(2, 0)) * (1 - Math.log(2) / Math.log(3)) * Math.log(2);
        assertEquals(expected, new LambdaLoss().value(new double[] {0, 0}, new double[] {1, 0}, g), 1e-15);
        assertEquals(-expected / Math.log(2) / 2, g[0], 1e-15);
        // Of three tied scores the third response has rank 3: the discounts, not only the labels, tell them apart.
        double[] first = new double[3];
        double[] last = new double[3];
        double a = new LambdaLoss().value(new double[3], new double[] {1, 0, 0}, first);
        double b = new LambdaLoss().value(new double[3], new double[] {0, 0, 1}, last);
        assertEquals(Math.log(2) * (1 - 1 / (Math.log(3) / Math.log(2)) + 0.5), a, 1e-14);
        assertEquals(Math.log(2) * (0.5 + Math.log(2) / Math.log(3) - 0.5), b, 1e-14);
        double ln = new LambdaLoss(0.05, LambdaLoss.Discount.LN).value(SCORES, LABELS, new double[4]);
        assertEquals(new LambdaLoss().value(SCORES, LABELS, new double[4]), ln * Math.log(2), 1e-14);
    }

    @Test
    void hingeIsFlatPastTheMarginAndAtIt() {
        double[] g = new double[2];
        assertEquals(0, new PairHingeLoss().value(new double[] {1, 0}, new double[] {1, 0}, g));
        assertArrayEquals(new double[2], g);
    }

    @Test
    void equalLabelsFormNoPair() {
        for (ListLoss loss : List.of(new PairLogisticLoss(), new PairHingeLoss(), new LambdaLoss())) {
            double[] g = new double[3];
            assertEquals(0, loss.value(new double[] {3, -1, 2}, new double[] {0.5, 0.5, 0.5}, g), loss.toString());
            assertArrayEquals(new double[3], g);
        }
    }

    @Test
    void metricsOfTwoLists() {
        Example a = list(new double[] {0.2, 0.9, 0.5, 0.1}, 1, 2, 3, -1);
        Example b = list(new double[] {0.5, 0.5}, 4, 6);
        Evaluation e = new PairLogisticLoss(0.5).evaluate(List.of(a, b));
        assertEquals((1.0 + 2.0) / 2, e.metric("rewards/chosen"));
        assertEquals((-0.5 + 3.0) / 2, e.metric("rewards/rejected"), "of equal labels the first is best, the last worst");
        assertEquals((1.5 - 1.0) / 2, e.metric("rewards/margins"));
        assertEquals(5.0 / 6, e.metric("rewards/accuracies"), 1e-15, "the second list has no pair");
        assertEquals(4.0 / 6, e.metric("rank_correlation"), 1e-15);
        assertEquals((2.0 + 4.0) / 2, e.metric("logps/chosen"));
        assertEquals((-1.0 + 6.0) / 2, e.metric("logps/rejected"));
        Evaluation tied = new PairLogisticLoss(0.5).evaluate(List.of(list(new double[] {1, 2, 3}, 1, 1, 2), list(new double[] {1, 0}, 0, 0)));
        assertEquals((2 / Math.sqrt(3 * 2) + 0) / 2, tied.metric("rank_correlation"), 1e-15);
        assertEquals((2.0 / 3 + 0) / 2, tied.metric("rewards/accuracies"), 1e-15, "ties are not wins");
        assertFalse(new PairLogisticLoss().evaluate(List.of(b)).metrics().containsKey("rank_correlation"));
    }

    @ParameterizedTest
    @MethodSource("all")
    void extremesStayFinite(ListLoss loss) {
        for (double[] ratios : new double[][] {{500, -500, 0, 500}, {-500, 500, 500, -500}, {0, 0, 0, 0}, {1e6, -1e6, 1, 1}}) {
            for (double[] labels : new double[][] {LABELS, {0.1, 0.3, 0.6, 0.9}, {0.5, 0.5, 0.5, 0.5}, {1, 0, 0, 0}}) {
                Gradients.finite(loss.evaluate(List.of(list(labels, ratios))), loss + " " + ratios[0]);
            }
        }
        List<Example.Response> lengths = new ArrayList<>();
        for (int n : new int[] {1, 100_000, 7}) {
            double[] lp = new double[n];
            Arrays.fill(lp, -5.0 / n);
            lengths.add(new Example.Response(lp, new double[n], n / 1e5, null));
        }
        Gradients.finite(loss.evaluate(List.of(new Example(lengths))), loss + " lengths");
    }

    @ParameterizedTest
    @MethodSource("all")
    void badInputIsNamed(ListLoss loss) {
        Example good = list(new double[] {1, 0}, 0, 0);
        message(loss, good, list(new double[] {1}, 0), "example 1 has 1 response(s), required are at least 2");
        message(loss, good, list(new double[] {1, Double.NaN}, 0, 0), "example 1, response 1: score is NaN");
        message(loss, good, list(new double[] {1, Double.POSITIVE_INFINITY}, 0, 0), "example 1, response 1: score is Infinity");
        message(loss, good, list(new double[] {1, 0}, 0, Double.NEGATIVE_INFINITY), "example 1, response 1, token 0: log-probability is -Infinity");
        Example.Response r = new Example.Response(new double[] {-1}, null, 1, null);
        message(loss, good, new Example(List.of(r, r)), "example 1, response 0 has no reference log-probabilities");
    }

    @Test
    void labelsOutsideOfWhatALossIsDefinedForAreNamed() {
        Example good = list(new double[] {1, 0}, 0, 0);
        message(new PointSigmoidLoss(), good, list(new double[] {1.5, 0}, 0, 0), "example 1: point_sigmoid: label 0 is 1.5");
        message(new SoftmaxLoss(), good, list(new double[] {1, -0.5}, 0, 0), "example 1: softmax: label 1 is -0.5");
        message(new SoftmaxLoss(), good, list(new double[] {0, 0}, 0, 0), "example 1: softmax: all labels are 0");
        message(new LambdaLoss(), good, list(new double[] {5000, 0}, 0, 0), "lambda: example 1: the loss is not finite");
        message(new PointMseLoss(), good, list(new double[] {1e200, 0}, 0, 0), "point_mse: example 1: the loss is not finite");
        assertThrows(IllegalArgumentException.class, () -> new ListMleLoss(0));
        assertThrows(IllegalArgumentException.class, () -> new LambdaLoss(Double.NaN, LambdaLoss.Discount.LN));
    }

    @Test
    void labelsFromPreferencesAndRanks() {
        assertArrayEquals(new double[] {(0.5 + 0.9 + 0.6) / 3, (0.1 + 0.5 + 0.2) / 3, (0.4 + 0.8 + 0.5) / 3},
                Labels.ofPreferences(new double[][] {{9, 0.9, 0.6}, {0.1, 9, 0.2}, {0.4, 0.8, 9}}), 1e-15);
        assertArrayEquals(new double[] {2.5 / 3, 0.5 / 3, 1.5 / 3}, Labels.ofRanks(new int[] {1, 3, 2}), 1e-15);
        assertArrayEquals(new double[] {2.0 / 3, 2.0 / 3, 0.5 / 3}, Labels.ofRanks(new int[] {1, 1, 7}), 1e-15);
        assertThrows(IllegalArgumentException.class, () -> Labels.ofPreferences(new double[][] {{0.5, 0.9}, {0.3, 0.5}}));
        assertThrows(IllegalArgumentException.class, () -> Labels.ofPreferences(new double[][] {{0.5, 1.1}, {-0.1, 0.5}}));
        assertThrows(IllegalArgumentException.class, () -> Labels.ofPreferences(new double[][] {{0.5, 1}}));
    }

    private static void message(ListLoss loss, Example good, Example bad, String expected) {
        String m = assertThrows(IllegalArgumentException.class, () -> loss.evaluate(List.of(good, bad))).getMessage();
        assertTrue(m.contains(expected) && m.contains(loss.name()), m);
    }

    /** One-token responses with reference 0, so that the log-ratios are the log-probabilities. */
    private static Example list(double[] labels, double... ratios) {
        List<Example.Response> responses = new ArrayList<>();
        for (int r = 0; r < ratios.length; r++) {
            responses.add(new Example.Response(new double[] {ratios[r]}, new double[] {0}, labels[r], null));
        }
        return new Example(responses);
    }
}
