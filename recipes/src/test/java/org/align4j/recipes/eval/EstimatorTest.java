package org.align4j.recipes.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
        // A half makes it a mean like any other, within 0 and 1.
        Figure half = Ratio.share("s", "y", true).of(singles(1, 0.5, 1, 1));
        assertEquals(0.875, half.value());
        assertEquals(1, half.high());
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
        assertEquals(1, none.pValue());
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
        assertEquals(0, same.low());
        assertEquals(0, same.high());
    }
}
