package org.align4j.recipes.study;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.align4j.core.train.Streams;
import org.align4j.recipes.eval.Figure;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.BudgetUnit;

/** Cells of a made-up study whose truth is known. */
final class SyntheticStudy {
    static final List<Double> BUDGETS = List.of(100.0, 300.0, 1000.0, 3000.0);
    static final List<Double> RATIOS = List.of(0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 1.0);

    private SyntheticStudy() {}

    /** What a cell's value is before noise. */
    interface Truth {
        double at(double budget, double ratio, String method);
    }

    static StudySubject subject(int seeds, List<String> methods) {
        return new StudySubject("synthetic", "exact_match", BudgetUnit.EXAMPLES, new Budget.Cost(1, 1), BUDGETS, RATIOS, methods, LongStream.rangeClosed(1, seeds).boxed().toList());
    }

    static List<CellResult> cells(StudySubject subject, Truth truth, double noise, long draw) {
        List<CellResult> cells = new ArrayList<>();
        for (double b : subject.budgets()) {
            for (double r : subject.ratios()) {
                for (String m : r == 1 ? List.of(StudySubject.SFT) : subject.methods()) {
                    for (long s : subject.seeds()) {
                        RandomGenerator random = Streams.of(draw, "cell " + b + " " + r + " " + m, s);
                        cells.add(cell(new CellKey(b, r, m, s), truth.at(b, r, m) + noise * random.nextGaussian(), true));
                    }
                }
            }
        }
        return cells;
    }

    static CellResult cell(CellKey key, double value, boolean higher) {
        long n = (long) Math.floor(key.ratio() * key.budget() + 1e-9);
        long m = (long) Math.floor((1 - key.ratio()) * key.budget() + 1e-9);
        Spent spent = new Spent(new Spent.Kind(key.ratio() * key.budget(), n, n, 40 * n), new Spent.Kind((1 - key.ratio()) * key.budget(), m, m, 80 * m));
        return new CellResult(key, spent, List.of(new Figure("exact_match", value, value - 0.02, value + 0.02, 0.01, 500, true, higher),
                new Figure("format_valid", Math.min(1, 0.6 + 0.1 * key.ratio()), Double.NaN, Double.NaN, Double.NaN, 500, true, true)), 3);
    }

    /** As published: demonstrations alone first, preferences later, a cold start that a tenth repairs. */
    static double published(double budget, double ratio, String method) {
        double known = 0.15 * Math.log10(1 + ratio * budget);
        double preferred = known < 0.1 ? 0.02 : 0.06 * Math.log10(1 + (1 - ratio) * budget / 40) * Math.min(1, known / 0.3);
        return 0.05 + known + (ratio == 1 ? 0 : preferred);
    }
}
