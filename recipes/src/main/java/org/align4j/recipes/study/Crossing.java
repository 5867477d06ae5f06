package org.align4j.recipes.study;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.align4j.rewardmodels.evaluate.Interval;

/**
 * The budget from which on some split below 1 does better than demonstrations alone, where the best split's lead crosses 0 on the line between two budgets' leads
 * over the logarithm of the budget.
 *
 * <p>The best of several splits leads by chance now and then; {@code certain} allows for that (Bonferroni), the crossing itself does not.
 *
 * @param at       the crossing; the smallest budget where the lead is there from the beginning; infinite where it never comes within the study; NaN without cells
 * @param low      its 2.5 % point over draws of seeds
 * @param high     its 97.5 % point
 * @param always   share of draws with a lead from the smallest budget on
 * @param never    share of draws without a lead at any budget
 * @param leads    per budget, of the split below 1 with the best mean; NaN where either is missing
 * @param certain  first budget at which some split below 1 is better beyond chance, by its interval over seeds with Bonferroni's correction for the number of splits
 */
record Crossing(double at, double low, double high, double always, double never, Interval[] leads, OptionalDouble certain) {

    static Crossing of(Grid grid, Draws draws, String method) {
        int alone = grid.arm(1, method);
        int[] below = Arrays.stream(grid.armsOf(method)).filter(a -> a != alone).toArray();
        double[] budgets = grid.budgets().stream().mapToDouble(Double::doubleValue).toArray();
        Interval[] leads = new Interval[budgets.length];
        OptionalDouble certain = OptionalDouble.empty();
        for (int b = 0; b < budgets.length; b++) {
            int budget = b;
            int best = Arrays.stream(below).filter(a -> !Double.isNaN(grid.mean(budget, a).value())).boxed()
                    .max(java.util.Comparator.comparingDouble(a -> grid.sign() * grid.mean(budget, a).value())).orElse(-1);
            leads[b] = best < 0 || alone < 0 ? new Interval(Double.NaN, Double.NaN, Double.NaN) : grid.better(b, best, alone);
            if (certain.isEmpty() && alone >= 0 && Arrays.stream(below).anyMatch(a -> Estimates.lower(grid, budget, a, alone, below.length) > 0)) {
                certain = OptionalDouble.of(budgets[b]);
            }
        }
        if (alone < 0 || Arrays.stream(leads).allMatch(l -> Double.isNaN(l.value()))) {
            return new Crossing(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, leads, OptionalDouble.empty());
        }
        double[] drawn = Arrays.stream(draws.means()).mapToDouble(m -> where(budgets, IntStream.range(0, budgets.length).mapToDouble(b -> lead(m[b], below, alone, grid.sign())).toArray()))
                .filter(v -> !Double.isNaN(v)).sorted().toArray();
        int n = drawn.length;
        return new Crossing(where(budgets, Arrays.stream(leads).mapToDouble(Interval::value).toArray()), n == 0 ? Double.NaN : drawn[(int) (0.025 * (n - 1))],
                n == 0 ? Double.NaN : drawn[(int) Math.ceil(0.975 * (n - 1))], share(drawn, budgets[0]), share(drawn, Double.POSITIVE_INFINITY), leads, certain);
    }

    private static double share(double[] drawn, double value) {
        return drawn.length == 0 ? Double.NaN : Arrays.stream(drawn).filter(v -> v == value).count() / (double) drawn.length;
    }

    private static double lead(double[] means, int[] below, int alone, int sign) {
        return Arrays.stream(below).mapToDouble(a -> sign * means[a]).filter(v -> !Double.isNaN(v)).max().orElse(Double.NaN) - sign * means[alone];
    }

    /** Where a lead first crosses 0; budgets without a lead are passed over. */
    static double where(double[] budgets, double[] leads) {
        int before = -1;
        for (int b = 0; b < budgets.length; b++) {
            if (leads[b] > 0) {
                return before < 0 ? budgets[b] : budgets[before] * Math.pow(budgets[b] / budgets[before], -leads[before] / (leads[b] - leads[before]));
            }
            before = Double.isNaN(leads[b]) ? before : b;
        }
        return before < 0 ? Double.NaN : Double.POSITIVE_INFINITY;
    }
}
