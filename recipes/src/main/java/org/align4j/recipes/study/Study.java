package org.align4j.recipes.study;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.recipes.eval.EvalSpec;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.BudgetUnit;
import org.align4j.recipes.recipe.Stage;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Matches;
import org.align4j.recipes.yaml.MustExist;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/**
 * A recipe over a grid of budgets, splits between demonstrations and preferences, methods and seeds. Paths are absolute.
 *
 * <p>The ratios where none are given are those of Raghavendra et al. 2025, "Balancing the Budget: Understanding Trade-offs Between Supervised and
 * Preference-Based Finetuning" (<a href="https://arxiv.org/abs/2502.11284">arXiv:2502.11284</a>), with a hundredth and a tenth beside them.
 */
@Doc("A recipe over a grid of budgets, splits between demonstrations and preferences, methods and seeds.")
public record Study(
        @Doc("Name of the study; letters, digits, '.', '_' and '-'.") @Matches(value = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}", says = "a name of letters, digits, '.', '_' and '-', at most 100")
                String name,
        @Doc("The recipe: model, data.sft, data.preferences, and the stages up to and including supervised finetuning. Its own budget, seed and evaluate must not be given or are not read.")
                @MustExist Path recipe,
        @Doc("Directory of the study.") @Default("studies/{name}") @Synonyms({"output_dir", "out", "out_dir"}) Path output,
        @Doc("What budgets count.") @Default("{}") Counted budget,
        @Doc("Budgets, in that unit.") @Range(above = 0) @Synonyms({"totals", "sizes"}) List<Double> budgets,
        @Doc("Shares of a budget spent on demonstrations; the rest is spent on preferences. Null for 0, 0.01, 0.1, 0.25, 0.5, 0.75 and 1.") @Range(min = 0, max = 1)
                @Synonyms({"splits", "sft_ratios"}) Optional<List<Double>> ratios,
        @Doc("What learns from preferences, by name: the stages that follow the recipe's.") Map<String, List<Stage>> methods,
        @Doc("Seeds; each is a whole grid with its own subsets and order of data.") @Synonyms("seed") List<Long> seeds,
        @Doc("Cells that are computed at once, each in a process of its own with its share of the processor's threads.") @Default("1") @Range(min = 1, max = 256)
                @Synonyms({"workers", "jobs"}) int parallel,
        @Doc("What is measured of every cell's model.") @Range(min = 1) @Synonyms({"eval", "evaluation", "metrics"}) List<EvalSpec> evaluate,
        @Doc("The figure the study is read by, such as exact_match.") String metric,
        @Doc("Whether the models of all cells are kept; their figures are in any case.") @Default("false") boolean keepModels)
        implements Checked {
    private static final List<Double> RATIOS = List.of(0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 1.0);

    /** What budgets count, and the price of a row of each kind. */
    @Doc("What budgets count, and the price of a row of each kind.")
    public record Counted(
            @Doc("What is counted.") @Default("examples") BudgetUnit unit,
            @Doc("What one row costs; spent only when unit is cost.") @Default("{}") Budget.Cost cost) {}

    public Study {
        ratios = Optional.of(ratios.orElse(RATIOS));
    }

    /** The same in another directory, or with another number of workers. */
    public Study with(Optional<Path> directory, Optional<Integer> workers) {
        return new Study(name, recipe, directory.map(d -> d.toAbsolutePath().normalize()).orElse(output), budget, budgets, ratios, methods, seeds, workers.orElse(parallel),
                evaluate, metric, keepModels);
    }

    /** Shares of a budget spent on demonstrations. */
    public List<Double> shares() {
        return ratios.orElseThrow();
    }

    /** Whether a cell belongs to the grid. */
    boolean holds(CellKey c) {
        return budgets.contains(c.budget()) && shares().contains(c.ratio()) && seeds.contains(c.seed())
                && (c.method().equals(StudySubject.SFT) ? c.ratio() == 1 : c.ratio() < 1 && methods.containsKey(c.method()));
    }

    /** What is to be read of it. */
    public StudySubject subject() {
        return new StudySubject(name, metric, budget.unit(), budget.cost(), budgets, shares(), List.copyOf(methods.keySet()), seeds);
    }

    /** The budget of a cell, as a recipe has it. */
    public Budget budget(double total, double ratio) {
        // Prices a budget does not count in are for the reading alone, and a recipe has none.
        return new Budget(total, budget.unit(), budget.unit() == BudgetUnit.COST ? budget.cost() : Budget.Cost.NONE, new Budget.Split(ratio, 1 - ratio));
    }

    @Override
    public void check(Findings f) {
        distinct(f, "budgets", budgets);
        distinct(f, "ratios", shares());
        distinct(f, "seeds", seeds);
        for (int i = 0; i < budgets.size(); i++) {
            if (budget.unit() != BudgetUnit.COST && budgets.get(i) != Math.rint(budgets.get(i))) {
                f.problem("budgets[" + i + "]", "a budget in " + (budget.unit() == BudgetUnit.TOKENS ? "tokens" : "examples") + " must be a whole number, found " + budgets.get(i), "");
            }
        }
        if (methods.isEmpty() && shares().stream().anyMatch(r -> r < 1)) {
            f.problem("methods", "a study needs at least one method that learns from preferences", "write methods: {dpo: [{dpo: {}}]}, or ratios: [1]");
        }
        methods.forEach((name, stages) -> {
            if (!name.matches("[A-Za-z0-9][A-Za-z0-9_.]{0,39}") || name.equals(StudySubject.SFT)) {
                f.problem("methods." + name, "a method's name must be of letters, digits, '_' and '.', at most 40, and not " + StudySubject.SFT + ", found '" + name + "'", "");
            }
            if (stages.isEmpty()) {
                f.problem("methods." + name, "a method needs at least one stage", "");
            }
        });
    }

    private static void distinct(Findings f, String what, List<? extends Number> values) {
        if (values.isEmpty()) {
            f.problem(what, what + " must have at least one item", "");
        } else if (new HashSet<>(values).size() < values.size()) {
            f.problem(what, what + " must be different from each other, found " + values, "");
        }
    }
}
