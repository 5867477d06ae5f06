package org.align4j.recipes.study;

import java.util.List;
import java.util.Objects;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.BudgetUnit;

/**
 * What a study is about: its grid, and the figure it is read by.
 *
 * @param name    of the study
 * @param metric  name of the figure the reading is about
 * @param unit    what budgets count
 * @param cost    price of a row of each kind; used where the unit is {@link BudgetUnit#COST}
 * @param budgets in rising order
 * @param ratios  shares of a budget spent on demonstrations, in rising order, in [0, 1]
 * @param methods names of what learns from preferences
 * @param seeds   of cells
 */
public record StudySubject(String name, String metric, BudgetUnit unit, Budget.Cost cost, List<Double> budgets, List<Double> ratios, List<String> methods, List<Long> seeds) {
    /** Method of the cells that spend everything on demonstrations. */
    public static final String SFT = "sft";

    public StudySubject {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(metric, "metric");
        Objects.requireNonNull(unit, "unit");
        Objects.requireNonNull(cost, "cost");
        budgets = budgets.stream().sorted().distinct().toList();
        ratios = ratios.stream().sorted().distinct().toList();
        methods = List.copyOf(methods);
        seeds = List.copyOf(seeds);
        if (budgets.isEmpty() || ratios.isEmpty() || seeds.isEmpty() || budgets.get(0) <= 0 || ratios.get(0) < 0 || ratios.get(ratios.size() - 1) > 1) {
            throw new IllegalArgumentException("a study needs budgets above 0, ratios in [0, 1] and seeds, found " + budgets + ", " + ratios + " and " + seeds);
        }
    }
}
