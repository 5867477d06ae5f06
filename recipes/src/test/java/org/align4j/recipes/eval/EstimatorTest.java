package org.align4j.recipes.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.Calibration;
import org.align4j.rewardmodels.evaluate.Interval;
import org.junit.jupiter.api.Test;

/** Intervals and changes against closed forms worked out by hand. */
class EstimatorTest {
    private static Item item(int id, String group, double y, double x) {
        return new Item("i" + id, group, Map.of("y", y, "x", x), Map.of());
    }

    private static List<Item> singles(double... values) {
        List<Item> items = new ArrayList<>();
        for (double v : values) {
            items.add(item(items.size(), "g" + items.size(), v, 1));
        }
        return items;
    }

    @Test
    void aMeanHasStudentsInterval() {
        double[] values = {1, 2, 4, 7, 11};
        Figure f = Ratio.mean("m", "y", true).of(singles(values));
        Interval expected = Interval.ofMean(values);
        assertEquals(expected.value(), f.value(), 1e-14);
        assertEquals(expected.low(), f.low(), 1e-12);
        assertEquals(expected.high(), f.high(), 1e-12);
        assertEquals(Math.sqrt(Interval.variance(values) / 5), f.standardError(), 1e-14);
    }

    /** Three groups of totals (y, x) = (6, 3), (4, 4), (2, 1): R = 12/8, e = (1.5, −2, 0.5), s² = 3/2 · 6.5 / 64. */
    @Test
    void aRatioHasTheSandwichOverGroups() {
        List<Item> items = List.of(item(0, "a", 2, 1), item(1, "a", 4, 2), item(2, "b", 1, 2), item(3, "b", 3, 2), item(4, "c", 2, 1));
        Figure f = Ratio.of("r", "y", "x", false).of(items);
        assertEquals(1.5, f.value(), 1e-15);
        double s = Math.sqrt(1.5 * 6.5 / 64);
        assertEquals(s, f.standardError(), 1e-15);
        assertEquals(1.5 + 4.302652729911275 * s, f.high(), 1e-9);
        Figure exponent = Ratio.of("r", "y", "x", false).scaled("e", Math::exp, Math::exp).of(items);
        assertEquals(Math.exp(f.low()), exponent.low(), 1e-12);
        assertEquals(Math.exp(1.5) * s, exponent.standardError(), 1e-12);
        List<Item> moved = new ArrayList<>(items);
        Collections.shuffle(moved, new Random(1));
        assertEquals(f.high(), Ratio.of("r", "y", "x", false).of(moved).high(), 1e-14);
    }

    @Test
    void aShareOfSingleItemsHasWilsonsInterval() {
        Figure f = Ratio.share("s", "y", true).of(singles(1, 1, 0, 1, 0, 0, 0, 0, 0, 0));
        assertEquals(0.3, f.value(), 1e-15);
        // (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) ÷ (1 + z²/n) with p = 0.3, n = 10
        assertEquals(0.10779126740630099, f.low(), 1e-12);
        assertEquals(0.6032218525388546, f.high(), 1e-12);
        assertTrue(f.percent());
        // A half is no yes or no: worth p (1 − p) ÷ s² · (1.96 ÷ t)² items, s² = 0.1875 ÷ 3 ÷ 4, t with 3 degrees of freedom.
        Figure half = Ratio.share("s", "y", true).of(singles(1, 0.5, 1, 1));
        assertEquals(0.875, half.value());
        double worth = 0.875 * 0.125 / (0.1875 / 12) * Math.pow(1.959963984540054 / 3.182446305284263, 2);
        assertEquals(org.align4j.rewardmodels.evaluate.Rate.wilson(0.875, worth).low(), half.low(), 1e-9);
        assertTrue(half.high() < 1);
    }

    @Test
    void aChangeOfMeansPairsItems() {
        List<Item> from = singles(1, 5, 9, 13);
        List<Item> to = singles(2, 7, 10, 15);
        Change c = Ratio.mean("m", "y", true).change(from, to);
        Interval expected = Interval.ofMean(1, 2, 1, 2);
        assertEquals(1.5, c.value(), 1e-15);
        assertEquals(expected.low(), c.low(), 1e-12);
        assertEquals(expected.high(), c.high(), 1e-12);
        assertEquals("better", c.verdict());
        assertEquals("worse", Ratio.mean("m", "y", false).change(from, to).verdict());
        assertEquals("", Ratio.mean("m", "y", true).neutral().change(from, to).verdict());
        // t = 1.5 ÷ (0.57735 ÷ 2) with 3 degrees of freedom
        assertEquals(0.013847, c.pValue(), 1e-5);
        Change none = Ratio.mean("m", "y", true).change(from, from);
        assertEquals(0, none.value());
        assertTrue(Double.isNaN(none.pValue()) && Double.isNaN(none.low()));
        assertFalse(none.certain());
    }

    /** Of 12 items 7 were gained and 1 lost: p = 2 · (1 + 8) ÷ 2⁸. */
    @Test
    void aChangeOfSharesIsMcNemars() {
        List<Item> from = singles(0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0);
        List<Item> to = singles(1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0);
        Change c = Ratio.share("s", "y", true).change(from, to);
        assertEquals(0.5, c.value(), 1e-15);
        assertEquals(2 * 9 / 256.0, c.pValue(), 1e-12);
        // Agresti and Min: (7 − 1) ÷ 14 ± 1.96 √(9 − 36 ÷ 14) ÷ 14
        assertEquals(6 / 14.0 - 1.959963984540054 * Math.sqrt(9 - 36 / 14.0) / 14, c.low(), 1e-12);
        assertEquals(Math.sqrt(8 - 36 / 12.0) / 12, c.standardError(), 1e-15);
    }

    @Test
    void itemsOfOneModelAloneAreLeftOutOfChanges() {
        List<Estimator> all = List.of(Ratio.mean("m", "y", true), Ratio.mean("other", "z", true));
        List<Item> to = List.of(item(9, "g9", 100, 1), item(1, "g1", 8, 1), item(0, "g0", 5, 1));
        List<Change> changes = Estimator.changes(all, singles(1, 2, 3), to);
        assertEquals(1, changes.size(), "no item has z");
        assertEquals(2, changes.get(0).n());
        assertEquals(5, changes.get(0).value(), 1e-15);
        assertEquals(List.of(), Estimator.changes(all, List.of(), to));
    }

    @Test
    void aStatisticDrawsTheSameGroupsOfBothModels() {
        Bootstrap bootstrap = new Bootstrap(400, 3);
        Statistic auroc = new Statistic("auroc", List.of("y"), l -> Calibration.auroc(l.stream().mapToDouble(i -> i.value("y")).toArray()), false, true, bootstrap);
        List<Item> items = singles(1, -2, 3, 4, 5, -0.5, 2, 1, 1, 3);
        Figure f = auroc.of(items);
        assertEquals(Calibration.auroc(new double[] {1, -2, 3, 4, 5, -0.5, 2, 1, 1, 3}), f.value());
        assertTrue(f.low() < f.value() && f.value() < f.high());
        Change same = auroc.change(items, items);
        assertTrue(Double.isNaN(same.low()) && Double.isNaN(same.pValue()));
        assertEquals("", same.verdict());
    }

    /** Ten groups of three that are all right: no more sure than ten right of ten, whose lower end is n ÷ (n + z²). */
    @Test
    void whatAllAgreeOnIsNotCertain() {
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            items.add(item(i, "g" + i % 10, 1, 1));
        }
        double z2 = 1.959963984540054 * 1.959963984540054;
        for (Ratio r : List.of(Ratio.share("s", "y", true), Ratio.shareOf("s", "y", "x"))) {
            Figure f = r.of(items);
            assertEquals(1, f.value());
            assertEquals(10 / (10 + z2), f.low(), 1e-12);
            assertEquals(1, f.high(), 1e-12);
        }
        Figure mean = Ratio.mean("m", "y", true).of(items);
        assertTrue(Double.isNaN(mean.low()) && Double.isNaN(mean.high()), "three numbers that are the same say nothing of others");
        // Groups that hold together are worth their number, not that of their items.
        List<Item> halves = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            halves.add(item(i, "g" + i % 10, i % 10 < 5 ? 1 : 0, 1));
        }
        Figure half = Ratio.share("s", "y", true).of(halves);
        assertTrue(half.low() < 0.25 && half.high() > 0.75, half.toString());
    }

    @Test
    void aChangeThatIsTheSameEverywhereHasNoVerdict() {
        Change c = Ratio.mean("m", "y", true).change(singles(0.1, 0.3, 0.7), singles(0.3, 0.5, 0.9));
        assertEquals(0.2, c.value(), 1e-15);
        assertTrue(Double.isNaN(c.low()) && Double.isNaN(c.high()) && Double.isNaN(c.pValue()), c.toString());
        assertEquals("", c.verdict());
    }

    @Test
    void probabilitiesKeepStudentsInterval() {
        double[] values = new Random(2).doubles(200, 0.3, 0.6).toArray();
        Figure f = Ratio.share("s", "y", true).of(singles(values));
        assertEquals(Interval.ofMean(values).low(), f.low(), 1e-12);
    }

    @Test
    void pairedItemsAreInTheSameGroup() {
        List<Estimator> mean = List.of(Ratio.mean("m", "y", true));
        assertThrows(IllegalStateException.class, () -> Estimator.changes(mean, List.of(item(0, "a", 1, 1)), List.of(item(0, "b", 1, 1))));
        assertThrows(IllegalStateException.class, () -> Estimator.changes(mean, List.of(item(0, "a", 1, 1), item(0, "a", 2, 1)), List.of(item(0, "a", 1, 1))));
        assertEquals(3, Estimator.Pairs.of(singles(1, 2, 3), List.of(item(1, "g1", 1, 1), item(7, "g7", 1, 1))).without(), "two of one model and one of the other");
    }

    @Test
    void figuresPerTokenCountTokens() {
        assertTrue(Ratio.share("a", "right_per_token", true).countsTokens() && Ratio.mean("a", "margin_per_token", true).countsTokens() && Ratio.of("l", "nll", "tokens", false).countsTokens());
        assertFalse(Ratio.mean("margin", "margin", true).countsTokens());
    }

    /** Answers that are calibrated: what is found is all excess, and 0 lies in the interval. */
    @Test
    void aCalibrationErrorHasNoVerdict() {
        Random random = new Random(4);
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            double p = 0.5 + random.nextDouble() / 2;
            items.add(item(i, "g" + i, random.nextDouble() < p ? 1 : 0, p));
        }
        CalibrationError ece = new CalibrationError("ece", List.of("x", "y"), l -> Calibration.ece(l.stream().mapToDouble(i -> i.value("x")).toArray(),
                l.stream().mapToDouble(i -> i.value("y")).toArray(), 0), new Bootstrap(200, 3));
        Figure f = ece.of(items);
        assertTrue(f.value() > 0.02 && f.low() < 0.02 && f.high() >= f.value(), f.toString());
        Change c = ece.change(items, singles(0, 0));
        assertEquals("", c.verdict());
        assertTrue(Double.isNaN(c.low()));
    }

    @Test
    void whatIsForgottenWasRightBefore() {
        Figure f = Forgotten.of("y", Estimator.Pairs.of(singles(1, 1, 0, 0, 1), singles(1, 0, 1, 0, 0))).orElseThrow();
        assertEquals(0.4, f.value(), 1e-15);
        assertFalse(f.higherIsBetter());
        assertTrue(Forgotten.of("y", Estimator.Pairs.of(singles(1), List.of())).isEmpty());
    }

    @Test
    void everyModelHasAFileOfItsOwn() {
        assertEquals("gpt-4_turbo.1", EvalResult.fileName("gpt-4_turbo.1"));
        List<String> names = List.of("a/b", "a_b", "a b", "a%2Fb", "ä", "x".repeat(300) + "1", "x".repeat(300) + "2");
        assertEquals(names.size(), names.stream().map(EvalResult::fileName).distinct().count());
        assertTrue(names.stream().map(EvalResult::fileName).allMatch(n -> n.matches("[A-Za-z0-9._%-]{1,220}")));
    }
}
