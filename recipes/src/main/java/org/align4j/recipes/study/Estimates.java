package org.align4j.recipes.study;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.align4j.rewardmodels.evaluate.Interval;
import org.align4j.rewardmodels.evaluate.StudentT;

/** Numbers read off a grid. */
final class Estimates {
    private Estimates() {}

    /**
     * The lower end of the interval of how much better one arm is than another, seed by seed, when so many such differences are looked at: by Student's t at
     * 1 − 0.025 ÷ looks. NaN with fewer than two seeds.
     */
    static double lower(Grid grid, int budget, int first, int second, int looks) {
        double[] d = IntStream.range(0, grid.seeds().size()).mapToDouble(s -> grid.sign() * (grid.values()[budget][first][s] - grid.values()[budget][second][s]))
                .filter(v -> !Double.isNaN(v)).toArray();
        return d.length < 2 ? Double.NaN : Arrays.stream(d).sum() / d.length - StudentT.quantile(1 - 0.025 / looks, d.length - 1) * Math.sqrt(Interval.variance(d) / d.length);
    }

    /** The ratio closest to a tenth among those from 0.05 to 0.2; NaN where there is none. */
    static double tenth(StudySubject subject) {
        return subject.ratios().stream().filter(r -> r >= 0.05 && r <= 0.2).min(java.util.Comparator.comparingDouble(r -> Math.abs(r - 0.1))).orElse(Double.NaN);
    }

    /** How much better a method does with a tenth of the budget spent on demonstrations than with nothing, at a budget. */
    static Interval coldStart(Grid grid, StudySubject subject, int budget, String method) {
        int with = grid.arm(tenth(subject), method);
        int without = grid.arm(0, method);
        return with < 0 || without < 0 ? new Interval(Double.NaN, Double.NaN, Double.NaN) : grid.better(budget, with, without);
    }

    /** The mean of the cold-start gap over budgets, with its interval over seeds that have all of them. */
    static Interval coldStart(Grid grid, StudySubject subject, String method) {
        int with = grid.arm(tenth(subject), method);
        int without = grid.arm(0, method);
        if (with < 0 || without < 0) {
            return new Interval(Double.NaN, Double.NaN, Double.NaN);
        }
        double[] seeds = IntStream.range(0, grid.seeds().size()).mapToDouble(s -> IntStream.range(0, grid.budgets().size())
                .mapToDouble(b -> grid.sign() * (grid.values()[b][with][s] - grid.values()[b][without][s])).sum() / grid.budgets().size()).filter(v -> !Double.isNaN(v)).toArray();
        return seeds.length == 0 ? new Interval(Double.NaN, Double.NaN, Double.NaN) : Interval.ofMean(seeds);
    }
}
