package org.align4j.recipes.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.recipes.recipe.BudgetUnit;
import org.align4j.recipes.report.internal.Numbers;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.Interval;

/**
 * Something that was found elsewhere, and whether the study finds it too. The findings are those of Raghavendra et al. 2025, "Balancing the Budget:
 * Understanding Trade-offs Between Supervised and Preference-Based Finetuning" (<a href="https://arxiv.org/abs/2502.11284">arXiv:2502.11284</a>).
 *
 * @param claim   in words
 * @param method  it was looked for with
 * @param numbers it was judged by
 */
record Direction(String claim, String method, Verdict verdict, String numbers) {
    /** How sure a draw of seeds must be. */
    private static final double SURE = 0.95;
    /** Annotations below which the published study finds demonstrations alone best. */
    private static final double FEW = 1000;

    /** What the study says of a finding. */
    enum Verdict {
        AGREES("agrees"), IN_PART("agrees in part"), DISAGREES("disagrees"), CANNOT_TELL("cannot be told");

        private final String words;

        Verdict(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    static List<Direction> of(StudySubject subject, Grid grid, Draws draws) {
        List<Direction> all = new ArrayList<>();
        for (String m : subject.methods()) {
            all.add(few(subject, grid, draws, m));
            all.add(share(grid, draws, m));
            Direction cold = cold(subject, grid, m);
            all.add(cold);
            all.add(repair(subject, grid, draws, m, cold.verdict));
        }
        return all;
    }

    private static Direction few(StudySubject subject, Grid grid, Draws draws, String method) {
        String claim = "Demonstrations alone are best when annotations are few.";
        int[] arms = grid.armsOf(method);
        List<Choice> small = IntStream.range(0, grid.budgets().size()).filter(b -> subject.unit() == BudgetUnit.EXAMPLES && grid.budgets().get(b) < FEW)
                .mapToObj(b -> Choice.of(grid, draws, b, arms)).filter(c -> !c.isEmpty()).toList();
        double[] sure = small.stream().mapToDouble(c -> probability(grid, c)).toArray();
        if (grid.arm(1, method) < 0 || sure.length == 0 || Double.isNaN(sure[0])) {
            return untold(claim, method);
        }
        Verdict verdict = Arrays.stream(sure).allMatch(p -> p >= SURE) ? Verdict.AGREES : sure[0] <= 1 - SURE ? Verdict.DISAGREES
                : sure[0] >= SURE ? Verdict.IN_PART : Verdict.CANNOT_TELL;
        String numbers = IntStream.range(0, sure.length).mapToObj(i -> "at " + Numbers.of(small.get(i).budget()) + " demonstrations alone have " + alone(grid, small.get(i))
                + ", the best split (" + grid.arms().get(small.get(i).arm()).words() + ") " + Words.value(grid, small.get(i).expected()) + ", and are best with probability " + Words.chance(sure[i]))
                .collect(Collectors.joining("; "));
        return new Direction(claim, method, verdict, numbers);
    }

    private static double probability(Grid grid, Choice c) {
        return IntStream.range(0, c.arms().length).filter(i -> grid.arms().get(c.arms()[i]).alone()).mapToDouble(i -> c.probability()[i]).findFirst().orElse(Double.NaN);
    }

    private static String alone(Grid grid, Choice c) {
        return IntStream.range(0, c.arms().length).filter(i -> grid.arms().get(c.arms()[i]).alone()).mapToObj(i -> Words.value(grid, c.means()[i])).findFirst().orElse("no value");
    }

    private static Direction share(Grid grid, Draws draws, String method) {
        String claim = "The share of preferences in the best split grows with the budget.";
        int[] arms = grid.armsOf(method);
        double[] x = grid.budgets().stream().mapToDouble(Math::log).toArray();
        double[] slopes = Arrays.stream(draws.means()).mapToDouble(m -> slope(x, IntStream.range(0, x.length).mapToDouble(b -> preferred(grid, m[b], arms)).toArray()))
                .filter(v -> !Double.isNaN(v)).toArray();
        if (slopes.length == 0 || x.length < 2) {
            return untold(claim, method);
        }
        double grows = Arrays.stream(slopes).filter(v -> v > 0).count() / (double) slopes.length;
        double shrinks = Arrays.stream(slopes).filter(v -> v < 0).count() / (double) slopes.length;
        String numbers = IntStream.range(0, x.length).mapToObj(b -> Choice.of(grid, draws, b, arms)).filter(c -> !c.isEmpty())
                .map(c -> Arm.share(1 - grid.arms().get(c.arm()).ratio()) + " at " + Numbers.of(c.budget())).collect(Collectors.joining(", "));
        List<Choice> there = IntStream.range(0, x.length).mapToObj(b -> Choice.of(grid, draws, b, arms)).filter(c -> !c.isEmpty()).toList();
        String rises = steps(grid, there, 1);
        String falls = steps(grid, there, -1);
        return new Direction(claim, method, grows >= SURE ? falls.isEmpty() ? Verdict.AGREES : Verdict.IN_PART : shrinks >= SURE ? Verdict.DISAGREES : Verdict.CANNOT_TELL,
                "the best split has preferences of " + numbers + "; over draws of seeds the share rises with probability " + Words.chance(grows) + " and falls with " + Words.chance(shrinks)
                + (rises.isEmpty() ? "" : "; it rises from " + rises) + (falls.isEmpty() ? "" : "; it falls from " + falls));
    }

    /** Between which budgets the best split's share of preferences changes in a direction. */
    private static String steps(Grid grid, List<Choice> all, int sign) {
        return IntStream.range(1, all.size()).filter(i -> sign * (grid.arms().get(all.get(i - 1).arm()).ratio() - grid.arms().get(all.get(i).arm()).ratio()) > 0)
                .mapToObj(i -> Numbers.of(all.get(i - 1).budget()) + " to " + Numbers.of(all.get(i).budget())).collect(Collectors.joining(", "));
    }

    /** The share of preferences of the best arm, NaN where one has no value: another might be the best. */
    private static double preferred(Grid grid, double[] means, int[] arms) {
        int best = -1;
        for (int a : arms) {
            if (Double.isNaN(means[a])) {
                return Double.NaN;
            }
            best = best < 0 || grid.sign() * means[a] > grid.sign() * means[best] ? a : best;
        }
        return 1 - grid.arms().get(best).ratio();
    }

    private static double slope(double[] x, double[] y) {
        double mx = Arrays.stream(x).average().orElse(Double.NaN);
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += (x[i] - mx) * y[i];
        }
        // Rounding must not make a slope of what is flat.
        return Math.abs(sum) < 1e-9 ? 0 : sum;
    }

    private static Direction cold(StudySubject subject, Grid grid, String method) {
        String claim = "Without demonstrations, preferences start cold.";
        Interval gap = Estimates.coldStart(grid, subject, method);
        if (Double.isNaN(gap.value())) {
            return untold(claim, method);
        }
        double[] gaps = IntStream.range(0, grid.budgets().size()).mapToDouble(b -> Estimates.coldStart(grid, subject, b, method).value()).toArray();
        boolean mixed = Arrays.stream(gaps).anyMatch(v -> v > 0) && Arrays.stream(gaps).anyMatch(v -> v < 0);
        return new Direction(claim, method, !(gap.low() > 0 || gap.high() < 0) ? Verdict.CANNOT_TELL : mixed ? Verdict.IN_PART : gap.low() > 0 ? Verdict.AGREES : Verdict.DISAGREES,
                "on average over budgets " + Arm.share(Estimates.tenth(subject)) + " demonstrations give " + Words.difference(grid, gap) + " more than none: " + IntStream.range(0, gaps.length)
                        .mapToObj(b -> Words.difference(grid, new Interval(gaps[b], Double.NaN, Double.NaN)) + " at " + Numbers.of(grid.budgets().get(b))).collect(Collectors.joining(", ")));
    }

    private static Direction repair(StudySubject subject, Grid grid, Draws draws, String method, Verdict cold) {
        String claim = "A tenth of the budget in demonstrations repairs most of it.";
        int with = grid.arm(Estimates.tenth(subject), method);
        int without = grid.arm(0, method);
        if (subject.ratios().stream().filter(r -> r > 0 && r < 1).count() < 2) {
            return new Direction(claim, method, Verdict.CANNOT_TELL, "one split between none and all is compared with itself");
        }
        if (with < 0 || without < 0 || cold != Verdict.AGREES && !(cold == Verdict.IN_PART && Estimates.coldStart(grid, subject, method).low() > 0)) {
            return new Direction(claim, method, Verdict.CANNOT_TELL, cold == Verdict.CANNOT_TELL || cold == Verdict.AGREES ? "the cells do not say" : "there is no cold start to repair");
        }
        int[] arms = grid.armsOf(method);
        double[][] means = new double[grid.budgets().size()][];
        for (int b = 0; b < means.length; b++) {
            int budget = b;
            means[b] = IntStream.range(0, grid.arms().size()).mapToDouble(a -> grid.mean(budget, a).value()).toArray();
        }
        double[] drawn = Arrays.stream(draws.means()).mapToDouble(m -> repaired(m, arms, with, without, grid.sign())).filter(Double::isFinite).sorted().toArray();
        double value = repaired(means, arms, with, without, grid.sign());
        if (drawn.length < 2 || !Double.isFinite(value)) {
            return untold(claim, method);
        }
        double low = Bootstrap.quantile(drawn, 0.025);
        double high = Bootstrap.quantile(drawn, 0.975);
        return new Direction(claim, method, low > 0.5 ? Verdict.AGREES : high < 0.5 ? Verdict.DISAGREES : Verdict.CANNOT_TELL, "over the budgets together " + Arm.share(Estimates.tenth(subject))
                + " demonstrations make up " + Words.share(value) + " (95 %: " + Words.share(low) + " to " + Words.share(high) + ") of what no demonstrations lack to the best split: "
                + IntStream.range(0, means.length).filter(b -> Double.isFinite(repaired(new double[][] {means[b]}, arms, with, without, grid.sign())))
                .mapToObj(b -> Words.share(repaired(new double[][] {means[b]}, arms, with, without, grid.sign())) + " at " + Numbers.of(grid.budgets().get(b))).collect(Collectors.joining(", ")));
    }

    private static double repaired(double[][] means, int[] arms, int with, int without, int sign) {
        double gained = 0;
        double lacked = 0;
        for (double[] m : means) {
            gained += sign * (m[with] - m[without]);
            lacked += Arrays.stream(arms).mapToDouble(a -> sign * m[a]).filter(v -> !Double.isNaN(v)).max().orElse(Double.NaN) - sign * m[without];
        }
        return lacked > 0 ? gained / lacked : Double.NaN;
    }

    private static Direction untold(String claim, String method) {
        return new Direction(claim, method, Verdict.CANNOT_TELL, "the cells that would say are missing or outside what was published, or there are fewer than two seeds");
    }
}
