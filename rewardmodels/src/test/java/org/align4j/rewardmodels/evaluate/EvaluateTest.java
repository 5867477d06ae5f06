package org.align4j.rewardmodels.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.align4j.rewardmodels.internal.Logistic;
import org.junit.jupiter.api.Test;

/** Numbers worked out by hand. */
class EvaluateTest {
    private static final double ROUNDING = 1e-12;

    private static ScoredItem pair(String subset, double chosen, double rejected, int chosenLength, int rejectedLength, double strength) {
        return new ScoredItem(subset, new double[] {chosen, rejected}, new int[] {chosenLength, rejectedLength}, new double[] {strength, 0},
                List.of(new ScoredItem.Pair(0, 1, strength)), Map.of());
    }

    private static ScoredItem voted(double margin, Vote... votes) {
        Map<String, Vote> by = new LinkedHashMap<>();
        for (int i = 0; i < votes.length; i++) {
            if (votes[i] != null) {
                by.put("abc".substring(i, i + 1), votes[i]);
            }
        }
        return new ScoredItem("", new double[] {margin, 0}, new int[2], new double[2], List.of(new ScoredItem.Pair(0, 1, 1)), by);
    }

    @Test
    void wilsonsInterval() {
        // Eight of ten, as tables have it to four digits.
        assertEquals(0.8, new Rate(8, 10).value());
        assertEquals(0.4902, new Rate(8, 10).low(), 5e-5);
        assertEquals(0.9433, new Rate(8, 10).high(), 5e-5);
        assertEquals(1, new Rate(5, 5).high());
        assertEquals(0, new Rate(0, 5).low());
        // z² ÷ (n + z²) for n of n
        assertEquals(5 / (5 + 1.959963984540054 * 1.959963984540054), new Rate(5, 5).low(), ROUNDING);
        assertTrue(Double.isNaN(new Rate(0, 0).value()) && Double.isNaN(new Rate(0, 0).low()));
        assertThrows(IllegalArgumentException.class, () -> new Rate(3, 2));
    }

    @Test
    void calibrationOfFourPairs() {
        double a = Math.log(0.72 / 0.28);
        Calibration c = Calibration.of(new double[] {a, a, -a, a});
        assertEquals(4, c.bins().get(4).accuracy().n());
        assertEquals(0.72, c.bins().get(4).confidence(), ROUNDING);
        assertEquals(0.03, c.ece(), ROUNDING);
        assertEquals((3 * 0.28 * 0.28 + 0.72 * 0.72) / 4, c.brier(), ROUNDING);
        assertEquals(-(3 * Math.log(0.72) + Math.log(0.28)) / 4, c.logLoss(), ROUNDING);
        // of the 16 ordered couples nine are above 0, six at 0, one below
        assertEquals(12 / 16.0, c.auroc(), ROUNDING);
        assertEquals(a / Math.log(3), c.temperature(), 1e-9);
    }

    @Test
    void calibrationAtTheEdges() {
        Calibration nothing = Calibration.of(new double[] {0, -0.0, 0});
        assertEquals(0.25, nothing.brier());
        assertEquals(Math.log(2), nothing.logLoss(), ROUNDING);
        assertEquals(0.5, nothing.auroc());
        assertEquals(0, nothing.ece());
        assertTrue(Double.isNaN(nothing.temperature()));
        Calibration sure = Calibration.of(new double[] {800, 900});
        assertEquals(1, sure.auroc());
        assertEquals(0, sure.ece());
        assertTrue(Double.isNaN(sure.temperature()));
        assertEquals(800, Calibration.of(new double[] {-800}).logLoss());
        assertEquals(1, Calibration.of(new double[] {-800}).ece());
    }

    /** Outcomes drawn with the probabilities that the margins state are calibrated; with margins three times too large they are not, and T says so. */
    @Test
    void drawnOutcomesAreCalibrated() {
        SplittableRandom random = new SplittableRandom(4);
        int n = 40_000;
        double[] margins = new double[n];
        double[] tripled = new double[n];
        for (int i = 0; i < n; i++) {
            double m = 2 * random.nextGaussian();
            margins[i] = random.nextDouble() < Logistic.sigmoid(m) ? m : -m;
            tripled[i] = 3 * margins[i];
        }
        // An accuracy of some 4,000 pairs a bin has a deviation of at most 0.008; T's is below 0.02.
        assertTrue(Calibration.of(margins).ece() < 0.01);
        assertEquals(1, Calibration.of(margins).temperature(), 0.05);
        assertTrue(Calibration.of(tripled).ece() > 0.1);
        assertEquals(3, Calibration.of(tripled).temperature(), 0.15);
    }

    @Test
    void accuracyBySubsetWithTiesAsHalves() {
        PreferenceEvaluation e = PreferenceEvaluation.of(List.of(pair("chat", 2, 1, 1, 1, 1), pair("chat", 1, 1, 1, 1, 1), pair("code", 0, 3, 1, 1, 1)));
        assertEquals(0.5, e.accuracy().value());
        assertEquals(Map.of("chat", new Rate(1.5, 2), "code", new Rate(0, 1)), e.subsets());
        assertEquals(0.375, e.macro());
        List<String> order = List.of("1 turn", "2 turns", "10 turns", "chat", "code");
        List<ScoredItem> named = List.of("code", "10 turns", "chat", "2 turns", "1 turn").stream().map(s -> pair(s, 1, 0, 1, 1, 1)).toList();
        assertEquals(order, List.copyOf(PreferenceEvaluation.of(named).subsets().keySet()));
        assertEquals(1, e.tiedPairs());
        assertEquals(-2 / 3.0, e.margin(), ROUNDING);
        assertTrue(e.strengths().isEmpty() && e.agreement().isEmpty() && e.topOfList().n() == 0);
        assertTrue(PreferenceEvaluation.of(List.of(pair("", 2, 1, 1, 1, 1))).subsets().isEmpty());
        assertThrows(IllegalArgumentException.class, () -> PreferenceEvaluation.of(List.of()));
    }

    @Test
    void theTopOfLists() {
        List<ScoredItem.Pair> pairs = List.of(new ScoredItem.Pair(0, 1, 1), new ScoredItem.Pair(0, 2, 1));
        double[] labels = {3, 2, 2};
        PreferenceEvaluation e = PreferenceEvaluation.of(List.of(new ScoredItem("", new double[] {5, 1, 1}, new int[3], labels, pairs, Map.of()),
                new ScoredItem("", new double[] {5, 5, 1}, new int[3], labels, pairs, Map.of()), new ScoredItem("", new double[] {1, 5, 1}, new int[3], labels, pairs, Map.of())));
        assertEquals(new Rate(1.5, 3), e.topOfList());
        // pairs: right and right; tie and right; wrong and tie
        assertEquals(new Rate(4, 6), e.accuracy());
    }

    @Test
    void lengthBias() {
        LengthBias b = LengthBias.of(List.of(pair("", 4, 1, 40, 10, 1), pair("", 1, 2, 10, 20, 1), pair("", 3, 2, 100, 95, 1), pair("", 2, 2, 30, 30, 1)));
        assertEquals(new Rate(2, 2), b.chosenLonger());
        assertEquals(new Rate(0, 1), b.chosenShorter());
        assertEquals(new Rate(1.5, 2), b.matched());
        assertEquals(new Rate(2.5, 4), b.alwaysLonger());
        assertEquals(new Rate(3, 3), b.prefersLonger());
        // margins 3, −1, 1, 0 and differences 30, −10, 5, 0
        assertEquals(105 / Math.sqrt(11 * 1025.0), b.withinPairs(), ROUNDING);
        assertEquals(1, LengthBias.of(List.of(pair("", 2, 1, 20, 10, 1), pair("", 3, 4, 30, 40, 1))).pearson(), ROUNDING);
        assertTrue(Double.isNaN(LengthBias.of(List.of(pair("", 2, 1, 7, 7, 1))).pearson()));
        assertArrayEquals(new double[] {1.5, 4, 1.5, 3}, LengthBias.ranks(new double[] {2, 9, 2, 3}));
    }

    @Test
    void strengthBuckets() {
        List<ScoredItem> few = List.of(pair("", 1, 0, 1, 1, 1), pair("", 0, 1, 1, 1, 1), pair("", 1, 0, 1, 1, 3));
        assertEquals(List.of(new Strengths.Bucket(1, 1, new Rate(1, 2)), new Strengths.Bucket(3, 3, new Rate(1, 1))), Strengths.of(few));
        List<ScoredItem> many = new ArrayList<>();
        for (int i = 1; i <= 12; i++) {
            many.add(pair("", i > 6 ? 1 : 0, 0.5, 1, 1, i));
        }
        assertEquals(List.of(new Strengths.Bucket(1, 3, new Rate(0, 3)), new Strengths.Bucket(4, 6, new Rate(0, 3)), new Strengths.Bucket(7, 9, new Rate(3, 3)),
                new Strengths.Bucket(10, 12, new Rate(3, 3))), Strengths.of(many));
    }

    @Test
    void agreementOfThreeAnnotators() {
        Vote c = Vote.CHOSEN;
        Vote r = Vote.REJECTED;
        Vote t = Vote.TIE;
        Agreement a = Agreement.of(List.of(voted(1, c, c, c), voted(1, c, r, r), voted(0, c, r, t)));
        // P̄ = (1 + 1/3 + 0)/3 = 12/27; both ways there are 8, 8 and 2 votes of 18: P_e = 132/324 = 11/27
        assertEquals(1 / 16.0, a.fleiss(), ROUNDING);
        // 1; 1/3; (0 + ½ + ½)/3
        assertEquals((1 + 1 / 3.0 + 1 / 3.0) / 3, a.pairwise(), ROUNDING);
        assertEquals(1, a.undecided());
        assertEquals(new Rate(1, 2), a.majority());
        Agreement.Annotator first = a.annotators().get(0);
        assertEquals("a", first.name());
        assertEquals(new Rate(2.5, 3), first.reward());
        assertEquals((1 + 0 + 0.25) / 3, first.others(), ROUNDING);
        // a says c c c, the reward c c t: observed 2/3; both ways expected 1/2 · 1/3 + 1/2 · 1/3 + 0 · 1/3
        assertEquals(1 / 2.0, first.kappa(), ROUNDING);
        // b says c r r: observed 1/3, expected the same 1/3
        assertEquals(0, a.annotators().get(1).kappa(), ROUNDING);
    }

    @Test
    void kappasOfTheTextbook() {
        List<Vote> a = new ArrayList<>();
        List<Vote> b = new ArrayList<>();
        int[][] table = {{20, 5}, {10, 15}};
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 2; j++) {
                for (int k = 0; k < table[i][j]; k++) {
                    a.add(Vote.values()[i]);
                    b.add(Vote.values()[j]);
                }
            }
        }
        assertEquals(0.4, Agreement.cohen(a, b), ROUNDING);
        // P̄ = 36/81, P_e = (5² + 3² + 1²)/81 of 5, 3 and 1 votes
        assertEquals(1 / 46.0, Agreement.fleiss(List.of(List.of(Vote.CHOSEN, Vote.CHOSEN, Vote.CHOSEN), List.of(Vote.CHOSEN, Vote.REJECTED, Vote.REJECTED),
                List.of(Vote.CHOSEN, Vote.REJECTED, Vote.TIE))), ROUNDING);
        assertTrue(Double.isNaN(Agreement.cohen(List.of(Vote.TIE), List.of(Vote.TIE))));
        assertNull(Agreement.majority(List.of(Vote.CHOSEN, Vote.REJECTED)));
    }
}
