package org.align4j.recipes.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Estimators against closed forms and against grids whose truth is known. */
class EstimatesTest {
    private static final List<String> DPO = List.of("dpo");

    private static Grid grid(int seeds, SyntheticStudy.Truth truth, double noise, long draw) {
        return grid(SyntheticStudy.BUDGETS, seeds, truth, noise, draw);
    }

    private static Grid grid(List<Double> budgets, int seeds, SyntheticStudy.Truth truth, double noise, long draw) {
        StudySubject all = SyntheticStudy.subject(seeds, DPO);
        StudySubject s = new StudySubject(all.name(), all.metric(), all.unit(), all.cost(), budgets, all.ratios(), DPO, all.seeds());
        return Grid.of(s, SyntheticStudy.cells(s, truth, noise, draw), "exact_match");
    }

    @Test
    void meansAreThoseOfStudentOverSeeds() {
        Grid g = new Grid("m", List.of(10.0), List.of(new Arm(0.5, "dpo"), new Arm(1, "sft")), List.of(1L, 2L, 3L), new double[][][] {{{1, 2, 3}, {1, Double.NaN, 2}}}, 1, false);
        // t(0.975, 2) = 4.302653 and s = 1: 2 ± 4.302653/√3.
        assertEquals(2, g.mean(0, 0).value());
        assertEquals(4.302652729749 / Math.sqrt(3), g.mean(0, 0).half(), 1e-9);
        assertEquals(1.5, g.mean(0, 1).value());
        // Seeds 1 and 3 have both: differences 0 and 1, t(0.975, 1) = 12.7062.
        assertEquals(0.5, g.better(0, 0, 1).value());
        assertEquals(12.706204736 * Math.sqrt(0.5) / Math.sqrt(2), g.better(0, 0, 1).half(), 1e-8);
        assertEquals(-0.5, g.better(0, 1, 0).value());
    }

    @Test
    void aGridIsReadBetweenItsBudgetsOnALogarithmicScale() {
        Grid g = grid(3, (b, r, m) -> 0.1 + 0.07 * Math.log(b) + 0.1 * r, 0, 1);
        double[] budgets = new double[g.arms().size()];
        Arrays.fill(budgets, 555);
        Grid at = g.at(555, budgets);
        for (int a : g.allArms()) {
            assertEquals(0.1 + 0.07 * Math.log(555) + 0.1 * g.arms().get(a).ratio(), at.mean(0, a).value(), 1e-12);
        }
        Arrays.fill(budgets, 3001);
        assertTrue(Double.isNaN(g.at(3001, budgets).mean(0, 0).value()), "nothing is said outside the grid");
        assertArrayEquals(new double[] {170, 550, 1700}, Advice.between(SyntheticStudy.BUDGETS), 1e-9);
    }

    @Test
    void powerLawsAreRecovered() {
        PowerLaw.Line exact = PowerLaw.Line.of(new double[] {100, 300, 1000}, new double[] {0.02 * Math.pow(100, 1 / 3.0), 0.02 * Math.pow(300, 1 / 3.0), 0.02 * 10});
        assertEquals(0.02, exact.k(), 1e-12);
        assertEquals(1 / 3.0, exact.exponent(), 1e-12);
        assertEquals(1, exact.r2(), 1e-12);
        Grid g = grid(5, (b, r, m) -> 0.05 * Math.pow(b, 0.25), 0.004, 3);
        int alone = g.arm(1, "dpo");
        PowerLaw law = PowerLaw.of(g, Draws.of(g), (b, means) -> means[alone]);
        assertTrue(law.exponent().contains(0.25), () -> "exponent " + law.exponent());
        assertTrue(law.good() && law.exponent().half() < 0.03, () -> "law " + law);
        assertEquals(law.k() * Math.pow(500, law.exponent().value()), law.at(500), 1e-12);
    }

    @Test
    void whatIsNoPowerLawIsNotCalledOne() {
        PowerLaw.Line hill = PowerLaw.Line.of(new double[] {100, 300, 1000, 3000}, new double[] {0.1, 0.4, 0.4, 0.1});
        assertTrue(hill.r2() < 0.1, () -> "r² " + hill.r2());
        PowerLaw.Line flat = PowerLaw.Line.of(new double[] {100, 300, 1000}, new double[] {0.5, 0.5, 0.5});
        assertEquals(0, flat.exponent());
        assertTrue(Double.isNaN(flat.r2()));
        assertTrue(Double.isNaN(PowerLaw.Line.of(new double[] {100, 300}, new double[] {0, 0.5}).exponent()), "0 has no logarithm, and one point no slope");
        Grid two = grid(3, (b, r, m) -> b < 500 ? Double.NaN : 0.3 * Math.log10(b), 0, 1);
        int alone = two.arm(1, "dpo");
        PowerLaw law = PowerLaw.of(two, Draws.of(two), (b, means) -> means[alone]);
        assertEquals(2, law.points());
        assertFalse(law.good(), "two points always lie on a line");
    }

    @Test
    void exponentIntervalsCoverTheTruth() {
        int covered = 0;
        int rounds = 150;
        for (int i = 0; i < rounds; i++) {
            StudySubject s = new StudySubject("s", "exact_match", SyntheticStudy.subject(1, DPO).unit(), SyntheticStudy.subject(1, DPO).cost(), SyntheticStudy.BUDGETS, List.of(0.5, 1.0), DPO,
                    List.of(1L, 2L, 3L));
            Grid g = Grid.of(s, SyntheticStudy.cells(s, (b, r, m) -> 0.1 * Math.pow(b, 0.2), 0.01, i), "exact_match");
            covered += PowerLaw.of(g, Draws.of(g), (b, means) -> means[1]).exponent().contains(0.2) ? 1 : 0;
        }
        // Three standard errors of 150 at 95 % are 5.3 points; more than 95 % is caution, which is allowed.
        assertTrue(covered >= 0.895 * rounds, "covered " + covered + " of " + rounds);
    }

    @Test
    void probabilitiesOfBeingBestAreNoSurerThanTheyAreRight() {
        int rounds = 300;
        double claimed = 0;
        int right = 0;
        int held = 0;
        for (int i = 0; i < rounds; i++) {
            // Seven arms, three of them equally good but for a hair.
            Grid g = grid(List.of(100.0), 3, (b, r, m) -> r == 0.25 ? 0.5005 : r == 0.5 || r == 0.1 ? 0.5 : 0.47, 0.015, i);
            Choice c = Choice.of(g, Draws.of(g), 0, g.allArms());
            claimed += c.certainty();
            right += g.arms().get(c.arm()).ratio() == 0.25 ? 1 : 0;
            held += g.arms().get(c.arm()).ratio() == 0.25 || c.alike().stream().anyMatch(a -> g.arms().get(c.arms()[a]).ratio() == 0.25) ? 1 : 0;
            assertEquals(1, Arrays.stream(c.probability()).sum(), 1e-9);
        }
        // The choice is right about a third of the time. The best of many looks better than it is, so certainty is somewhat above that; drawing the three
        // seeds themselves would claim 0.74.
        double rate = right / (double) rounds;
        assertTrue(Math.abs(rate - 1 / 3.0) < 0.09, "right " + rate);
        assertTrue(claimed / rounds < rate + 0.3, "claimed " + claimed / rounds + ", right " + rate);
        assertTrue(held >= 0.93 * rounds, "the best arm was among those not told apart in " + held + " of " + rounds);
    }

    @Test
    void aClearBestIsFoundAndToldApart() {
        Grid g = grid(5, (b, r, m) -> r == 0.1 ? 0.6 : 0.5, 0.005, 7);
        Choice c = Choice.of(g, Draws.of(g), 2, g.allArms());
        assertEquals(0.1, g.arms().get(c.arm()).ratio());
        assertTrue(c.certainty() > 0.999);
        assertEquals(List.of(), c.alike());
        Grid lower = new Grid(g.figure(), g.budgets(), g.arms(), g.seeds(), g.values(), -1, true);
        assertTrue(lower.arms().get(Choice.of(lower, Draws.of(lower), 2, g.allArms()).arm()).ratio() != 0.1, "where lower is better, the highest is not the best");
    }

    @Test
    void oneSeedSaysNothingOfChance() {
        Grid g = grid(1, SyntheticStudy::published, 0, 1);
        Choice c = Choice.of(g, Draws.of(g), 0, g.allArms());
        assertTrue(c.best() >= 0 && Double.isNaN(c.certainty()));
        assertEquals(c.arms().length - 1, c.alike().size());
    }

    @Test
    void aCrossingIsWhereTheLeadBecomesPositive() {
        double[] budgets = {100, 1000, 10_000};
        // From −1 to 3 on the way from 100 to 1000: a quarter of a decade.
        assertEquals(100 * Math.pow(10, 0.25), Crossing.where(budgets, new double[] {-1, 3, 5}), 1e-9);
        assertEquals(100, Crossing.where(budgets, new double[] {1, -3, 5}));
        assertEquals(Double.POSITIVE_INFINITY, Crossing.where(budgets, new double[] {-1, -3, -5}));
        assertEquals(Math.sqrt(1e6), Crossing.where(budgets, new double[] {-1, Double.NaN, 1}), 1e-9);
        assertTrue(Double.isNaN(Crossing.where(budgets, new double[] {Double.NaN, Double.NaN, Double.NaN})));
    }

    @Test
    void aCrossingIsRecoveredWithItsUncertainty() {
        // Only a quarter of demonstrations ever wins: it leads by 0.1 per decade from 500 on.
        Grid g = grid(5, (b, r, m) -> 0.5 + (r == 1 ? 0 : r == 0.25 ? 0.1 * Math.log10(b / 500) : -0.3), 0.003, 2);
        Crossing c = Crossing.of(g, Draws.of(g), "dpo");
        assertEquals(500, c.at(), 75, "noise of 0.003/√5·√2 at a slope of 0.1 per decade is 2 % of a decade or 5 % of the budget; three of these");
        assertTrue(c.low() < 500 && c.high() > 500, () -> c.low() + " to " + c.high());
        assertEquals(0, c.always());
        assertEquals(0, c.never());
        assertEquals(1000, c.certain().orElseThrow());
        Grid never = grid(5, (b, r, m) -> r == 1 ? 0.6 : 0.5, 0.003, 2);
        Crossing n = Crossing.of(never, Draws.of(never), "dpo");
        assertEquals(Double.POSITIVE_INFINITY, n.at());
        assertEquals(1, n.never());
        assertTrue(n.certain().isEmpty());
    }

    @Test
    void coldStartsAreDifferencesSeedBySeed() {
        StudySubject s = SyntheticStudy.subject(4, DPO);
        Grid g = grid(4, (b, r, m) -> r == 0 ? 0.1 : 0.3, 0.01, 5);
        assertTrue(IntStream.range(0, 4).allMatch(b -> Estimates.coldStart(g, s, b, "dpo").contains(0.2)));
        assertEquals(0.2, Estimates.coldStart(g, s, "dpo").value(), 0.02, "the mean of 16 differences with a standard error of 0.0035; five of these");
        assertEquals(0.1, Estimates.tenth(s));
    }

    @Test
    void pricesChangeWhatMoneyBuys() {
        StudySubject s = SyntheticStudy.subject(3, DPO);
        // What a split gives depends on the examples alone: the cheaper kind wins.
        Analysis a = Analysis.of(s, SyntheticStudy.cells(s, (b, r, m) -> 0.1 * Math.log10(b), 0.0001, 1));
        var demonstrationsDear = a.priced(1000, new org.align4j.recipes.recipe.Budget.Cost(4, 1)).orElseThrow();
        assertEquals(0, a.grid().arms().get(demonstrationsDear.arm()).ratio());
        assertEquals(0.3, demonstrationsDear.expected().value(), 0.001);
        var preferencesDear = a.priced(1000, new org.align4j.recipes.recipe.Budget.Cost(1, 4)).orElseThrow();
        assertEquals(1, a.grid().arms().get(preferencesDear.arm()).ratio());
        // 1000 buys 1000/(0.5·4 + 0.5) = 400 examples of the even split.
        assertEquals(400, a.examples(1000, new org.align4j.recipes.recipe.Budget.Cost(4, 1))[a.grid().arm(0.5, "dpo")], 1e-9);
        assertTrue(a.priced(1e6, new org.align4j.recipes.recipe.Budget.Cost(1, 1)).isEmpty(), "outside the study nothing is known");
    }

    @Test
    void armsNearZeroSayNothingOfTheSpreadOfOthers() {
        // The five upper arms spread by 3 points, eight others near 4 % not at all.
        double[][] row = new double[13][];
        List<Arm> arms = new java.util.ArrayList<>();
        for (int a = 0; a < row.length; a++) {
            double mean = a < 5 ? 0.37 - 0.04 * a : 0.04;
            double step = a < 5 ? 0.03 : 0;
            row[a] = new double[] {mean - step, mean, mean + step};
            arms.add(new Arm(a / 20.0, "dpo"));
        }
        Draws d = Draws.of(new Grid("m", List.of(100.0), arms, List.of(1L, 2L, 3L), new double[][][] {row}, 1, true));
        double[] drawn = Arrays.stream(d.means()).mapToDouble(m -> m[0][0]).sorted().toArray();
        // t(0.75, 6) = 0.7176: the middle half has this times s/√3 on each side; 2,000 draws know it to about 5 %, of which three.
        assertEquals(0.7176 * 0.03 / Math.sqrt(3), (drawn[1500] - drawn[500]) / 2, 0.15 * 0.7176 * 0.03 / Math.sqrt(3));
    }

    @Test
    void whatIsReadBetweenBudgetsIsNoSurerThanWhatWasMeasured() {
        StudySubject s = SyntheticStudy.subject(3, DPO);
        for (long draw = 0; draw < 5; draw++) {
            Analysis a = Analysis.of(s, SyntheticStudy.cells(s, SyntheticStudy::published, 0.01, draw));
            for (int i = 1; i < a.advice().size() - 1; i += 2) {
                Choice before = a.advice().get(i - 1).choice();
                Choice here = a.advice().get(i).choice();
                Choice after = a.advice().get(i + 1).choice();
                assertTrue(here.certainty() <= Math.min(before.certainty(), after.certainty()) + 1e-12);
                for (int k = 0; k < here.arms().length; k++) {
                    assertTrue(here.means()[k].half() >= Math.min(before.means()[k].half(), after.means()[k].half()) - 1e-12);
                }
            }
        }
    }

    @Test
    void certaintyAgreesWithWhatIsNotRuledOut() {
        org.align4j.rewardmodels.evaluate.Interval m = new org.align4j.rewardmodels.evaluate.Interval(0.5, 0.4, 0.6);
        org.align4j.rewardmodels.evaluate.Interval[] means = {m, m};
        assertEquals(0.95, new Choice(1, new int[] {0, 1}, means, new double[] {0.998, 0.002}, 0, List.of(1)).certainty());
        assertEquals(0.998, new Choice(1, new int[] {0, 1}, means, new double[] {0.998, 0.002}, 0, List.of()).certainty());
        // s·t·√(1 + 1/3) beside s·t/√3 is twice as wide.
        assertEquals(0.2, Advice.oneMore(m, 3).half(), 1e-12);
    }

    @Test
    void aTenthIsNotAnyRatio() {
        StudySubject s = SyntheticStudy.subject(1, DPO);
        assertTrue(Double.isNaN(Estimates.tenth(new StudySubject(s.name(), s.metric(), s.unit(), s.cost(), s.budgets(), List.of(0.0, 0.01, 0.5, 1.0), DPO, s.seeds()))));
    }
}
