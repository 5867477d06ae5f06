package org.align4j.recipes.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.recipes.eval.Figure;
import org.align4j.rewardmodels.evaluate.Interval;

/**
 * One figure of all cells.
 *
 * @param budgets in rising order
 * @param arms    splits in rising order of their ratio, for one method after the other; demonstrations alone come last, once
 * @param values  by budget, arm and seed; NaN where there is none
 * @param sign    1 where higher is better, −1 where lower is
 * @param percent whether values are shares
 */
record Grid(String figure, List<Double> budgets, List<Arm> arms, List<Long> seeds, double[][][] values, int sign, boolean percent) {

    static Grid of(StudySubject subject, List<CellResult> cells, String figure) {
        List<Arm> arms = new ArrayList<>();
        subject.methods().forEach(m -> subject.ratios().stream().filter(r -> r < 1).forEach(r -> arms.add(new Arm(r, m))));
        if (subject.ratios().contains(1.0)) {
            arms.add(new Arm(1, StudySubject.SFT));
        }
        Map<CellKey, CellResult> byKey = new HashMap<>();
        cells.forEach(c -> byKey.put(c.key(), c));
        double[][][] values = new double[subject.budgets().size()][arms.size()][subject.seeds().size()];
        for (int b = 0; b < values.length; b++) {
            for (int a = 0; a < arms.size(); a++) {
                for (int s = 0; s < subject.seeds().size(); s++) {
                    CellResult cell = byKey.get(new CellKey(subject.budgets().get(b), arms.get(a).ratio(), arms.get(a).method(), subject.seeds().get(s)));
                    values[b][a][s] = cell == null ? Double.NaN : cell.figure(figure).map(Figure::value).orElse(Double.NaN);
                }
            }
        }
        Figure any = cells.stream().flatMap(c -> c.figure(figure).stream()).findFirst().orElse(null);
        return new Grid(figure, subject.budgets(), arms, subject.seeds(), values, any == null || any.higherIsBetter() ? 1 : -1, any != null && any.percent());
    }

    /** What was found for an arm, seeds without a value left out. */
    double[] found(int budget, int arm) {
        return Arrays.stream(values[budget][arm]).filter(v -> !Double.isNaN(v)).toArray();
    }

    /** Mean over seeds with its interval; all NaN without any. */
    Interval mean(int budget, int arm) {
        double[] found = found(budget, arm);
        return found.length == 0 ? new Interval(Double.NaN, Double.NaN, Double.NaN) : Interval.ofMean(found);
    }

    /** How much better the first arm is than the second, seed by seed: mean with its interval over the seeds that have both. */
    Interval better(int budget, int first, int second) {
        double[] differences = IntStream.range(0, seeds.size()).mapToDouble(s -> sign * (values[budget][first][s] - values[budget][second][s])).filter(v -> !Double.isNaN(v)).toArray();
        return differences.length == 0 ? new Interval(Double.NaN, Double.NaN, Double.NaN) : Interval.ofMean(differences);
    }

    /** Index of an arm, −1 where there is none. */
    int arm(double ratio, String method) {
        return arms.indexOf(new Arm(ratio, ratio == 1 ? StudySubject.SFT : method));
    }

    /** Arms of a method in rising order of the ratio, demonstrations alone among them. */
    int[] armsOf(String method) {
        return IntStream.range(0, arms.size()).filter(a -> arms.get(a).method().equals(method) || arms.get(a).alone()).toArray();
    }

    int[] allArms() {
        return IntStream.range(0, arms.size()).toArray();
    }

    /**
     * What each arm would give with a budget of its own, from the line between its two neighbours over the logarithm of the budget, seed by seed; NaN outside the
     * grid.
     */
    Grid at(double shown, double[] budget) {
        double[][] row = new double[arms.size()][];
        for (int a = 0; a < row.length; a++) {
            row[a] = at(budget[a], a);
        }
        return new Grid(figure, List.of(shown), arms, seeds, new double[][][] {row}, sign, percent);
    }

    private double[] at(double budget, int arm) {
        double[] out = new double[seeds.size()];
        Arrays.fill(out, Double.NaN);
        for (int b = 0; b < budgets.size(); b++) {
            double upper = budgets.get(b);
            // Rounding must not push a budget that is on the edge of the grid out of it.
            if (Math.abs(budget - upper) <= 1e-9 * upper) {
                return values[b][arm].clone();
            }
            if (b > 0 && budget > budgets.get(b - 1) && budget < upper) {
                double weight = Math.log(budget / budgets.get(b - 1)) / Math.log(upper / budgets.get(b - 1));
                for (int s = 0; s < out.length; s++) {
                    out[s] = (1 - weight) * values[b - 1][arm][s] + weight * values[b][arm][s];
                }
            }
        }
        return out;
    }
}
