package org.align4j.rewardmodels.winrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.internal.Logistic;
import org.junit.jupiter.api.Test;

class BradleyTerryTest {
    private static final Bootstrap FEW = new Bootstrap(200, 1);

    private static List<Judgement> times(int n, String a, String b, double preference) {
        List<Judgement> out = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            out.add(new Judgement("i" + i, a, b, preference, Optional.empty()));
        }
        return out;
    }

    @SafeVarargs
    private static List<Judgement> all(List<Judgement>... parts) {
        List<Judgement> out = new ArrayList<>();
        List.of(parts).forEach(out::addAll);
        return out;
    }

    @Test
    void twoModelsHaveAClosedForm() {
        List<Judgement> judgements = all(times(60, "a", "b", 1), times(10, "b", "a", 1), times(20, "a", "b", 0.5));
        BradleyTerry ranking = BradleyTerry.fit(judgements, 1e-9, FEW);
        // 70 of 90 wins with ties ½: θ_a − θ_b = ln(70 ÷ 20).
        double d = ranking.of("a").theta().value() - ranking.of("b").theta().value();
        assertEquals(Math.log(3.5), d, 1e-8);
        assertEquals(70.0 / 90, ranking.probability("a", "b"), 1e-9);
        assertEquals(List.of("a", "b"), ranking.entries().stream().map(BradleyTerry.Entry::model).toList());
        assertEquals(90, ranking.of("b").comparisons());
        assertEquals(List.of(1.0, 0.0), ranking.of("a").rankProbability());
        // 400 points on Elo's scale are odds of ten.
        assertEquals(400 * Math.log10(3.5), ranking.of("a").elo().value() - ranking.of("b").elo().value(), 1e-5);
        assertEquals(2000, ranking.of("a").elo().value() + ranking.of("b").elo().value(), 1e-5);
        // With a ridge r: n (p̄ − σ(d)) = r d ÷ 2.
        BradleyTerry ridged = BradleyTerry.fit(judgements, 5, FEW);
        double small = 2 * ridged.of("a").theta().value();
        assertEquals(5 * small / 2, 90 * (70.0 / 90 - Logistic.sigmoid(small)), 1e-8);
    }

    @Test
    void oneBaselineForAllGivesTheLogitsOfTheWinRates() {
        BradleyTerry ranking = BradleyTerry.fit(all(times(30, "a", "base", 0.8), times(50, "b", "base", 0.3), times(9, "c", "base", 0.5)), 1e-9, FEW);
        assertEquals(List.of("a", "b"), List.of(ranking.entries().get(0).model(), ranking.entries().get(3).model()));
        for (Object[] known : new Object[][] {{"a", 0.8}, {"b", 0.3}, {"c", 0.5}}) {
            assertEquals((double) known[1], ranking.probability((String) known[0], "base"), 1e-8);
        }
        assertEquals(0, ranking.entries().stream().mapToDouble(e -> e.theta().value()).sum(), 1e-8);
        assertTrue(ranking.connected());
    }

    /** A model that always wins is infinitely far away: 40 wins over a model at 0 leave Σ ln(1 + e^−θ) = 1.92 as the least θ, ln(1 ÷ (e^(1.92 ÷ 40) − 1)). */
    @Test
    void whoAlwaysWinsHasNoUpperEnd() {
        BradleyTerry ranking = BradleyTerry.fit(all(times(40, "b", "c", 0.5), times(40, "a", "b", 1)), FEW);
        assertEquals(List.of("a"), ranking.separated());
        BradleyTerry.Entry a = ranking.of("a");
        assertEquals(Double.POSITIVE_INFINITY, a.theta().high());
        assertEquals(Double.POSITIVE_INFINITY, a.elo().value());
        assertEquals(-Math.log(Math.expm1(1.9207294103470405 / 40)), a.theta().low(), 1e-9);
        assertEquals(0, ranking.of("b").theta().value(), 1e-12);
        assertEquals("a", ranking.entries().get(0).model());
        BradleyTerry below = BradleyTerry.fit(all(times(40, "b", "c", 0.5), times(40, "a", "b", 0)), FEW);
        assertEquals(-a.theta().low(), below.of("a").theta().high(), 1e-9);
        assertEquals(Double.NEGATIVE_INFINITY, below.of("a").theta().low());
        // Over both of two equal models on the same instructions: each instruction counts once.
        BradleyTerry both = BradleyTerry.fit(all(times(40, "b", "c", 0.5), times(40, "a", "b", 1), times(40, "a", "c", 1)), FEW);
        assertEquals(a.theta().low(), both.of("a").theta().low(), 1e-9);
    }

    @Test
    void modelsThatAreNotOnOneScaleHaveNone() {
        BradleyTerry chain = BradleyTerry.fit(all(times(40, "a", "b", 1), times(40, "b", "c", 1)), FEW);
        assertEquals(List.of("a", "b", "c"), chain.entries().stream().map(BradleyTerry.Entry::model).toList());
        assertEquals(List.of("a", "b", "c"), chain.separated());
        assertEquals(Double.NEGATIVE_INFINITY, chain.of("b").theta().low());
        assertEquals(Double.POSITIVE_INFINITY, chain.of("b").theta().high());
        BradleyTerry apart = BradleyTerry.fit(all(times(30, "a", "b", 0.5), times(3, "c", "d", 0.5)), FEW);
        assertFalse(apart.connected());
        assertEquals(Set.of("c", "d"), Set.copyOf(apart.separated()));
        assertTrue(Double.isNaN(apart.of("c").theta().value()) && Double.isNaN(apart.of("a").rankProbability().get(0)));
        assertFalse(BradleyTerry.fit(all(times(3, "a", "b", 1), times(3, "c", "d", 0)), FEW).connected());
    }

    @Test
    void findsTheLawThatComparisonsFollow() {
        double[] truth = {1.2, 0.6, 0, -0.6, -1.2};
        Random random = new Random(11);
        List<Judgement> judgements = new ArrayList<>();
        for (int i = 0; i < 4000; i++) {
            int a = random.nextInt(5);
            int b = (a + 1 + random.nextInt(4)) % 5;
            judgements.add(new Judgement("i" + i, "m" + a, "m" + b, random.nextDouble() < Logistic.sigmoid(truth[a] - truth[b]) ? 1 : 0, Optional.empty()));
        }
        BradleyTerry ranking = BradleyTerry.fit(judgements, FEW);
        for (int m = 0; m < 5; m++) {
            BradleyTerry.Entry entry = ranking.of("m" + m);
            // Each model has 1600 comparisons that tell some 0.2 each: a standard error of 0.05.
            assertEquals(truth[m], entry.theta().value(), 0.2, entry.model());
            assertTrue(entry.theta().half() > 0.05 && entry.theta().half() < 0.2, "half a width of about 0.1, found " + entry.theta().half());
            assertTrue(entry.theta().contains(entry.theta().value()));
            assertEquals("m" + m, ranking.entries().get(m).model());
            assertEquals(1, entry.rankProbability().stream().mapToDouble(v -> v).sum(), 1e-9);
            assertTrue(entry.rankProbability().get(m) > 0.99);
        }
        assertEquals(ranking, BradleyTerry.fit(judgements, FEW), "same seed, same bits");
    }

    /** The same instruction judged ten times is one instruction: ten times as many rows give the same interval. */
    @Test
    void instructionsAreDrawnAndNotComparisons() {
        Random random = new Random(5);
        List<Judgement> once = new ArrayList<>();
        List<Judgement> tenTimes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            double p = random.nextDouble() < 0.6 ? 1 : 0;
            Judgement j = new Judgement("i" + i, "a", "b", p, Optional.empty());
            once.add(j);
            tenTimes.addAll(Collections.nCopies(10, j));
        }
        BradleyTerry.Entry one = BradleyTerry.fit(once, 1e-9, FEW).of("a");
        BradleyTerry.Entry ten = BradleyTerry.fit(tenTimes, 1e-9, FEW).of("a");
        assertEquals(one.theta().low(), ten.theta().low(), 1e-6);
        assertEquals(one.theta().high(), ten.theta().high(), 1e-6);
    }

    @Test
    void equalModelsShareTheirRanks() {
        BradleyTerry ranking = BradleyTerry.fit(times(10, "a", "b", 0.5), FEW);
        assertEquals(List.of(0.5, 0.5), ranking.of("a").rankProbability().stream().map(p -> Math.round(p * 1e9) / 1e9).toList());
        assertThrows(IllegalArgumentException.class, () -> BradleyTerry.fit(times(3, "a", "a", 1), FEW));
        assertThrows(IllegalArgumentException.class, () -> BradleyTerry.fit(times(3, "a", "b", 1), 0, FEW));
        assertThrows(IllegalArgumentException.class, () -> ranking.of("c"));
    }
}
