package org.align4j.rewardmodels.winrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
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

    @Test
    void separableDataStayFinite() {
        BradleyTerry ranking = BradleyTerry.fit(all(times(40, "a", "b", 1), times(40, "b", "c", 1)), FEW);
        double d = ranking.of("a").theta().value() - ranking.of("b").theta().value();
        assertTrue(d > 5 && d < 15, "found " + d);
        assertEquals(List.of("a", "b", "c"), ranking.entries().stream().map(BradleyTerry.Entry::model).toList());
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

    @Test
    void equalModelsShareTheirRanks() {
        BradleyTerry ranking = BradleyTerry.fit(times(10, "a", "b", 0.5), FEW);
        assertEquals(List.of(0.5, 0.5), ranking.of("a").rankProbability().stream().map(p -> Math.round(p * 1e9) / 1e9).toList());
        assertThrows(IllegalArgumentException.class, () -> BradleyTerry.fit(times(3, "a", "a", 1), FEW));
        assertThrows(IllegalArgumentException.class, () -> BradleyTerry.fit(times(3, "a", "b", 1), 0, FEW));
        assertThrows(IllegalArgumentException.class, () -> ranking.of("c"));
    }
}
