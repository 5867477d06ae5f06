package org.align4j.recipes.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.BudgetUnit;

/**
 * All that is read off a study's cells.
 *
 * @param grid       the figure the study is read by
 * @param others     the other figures
 * @param choices    of each budget, among all arms
 * @param byMethod   of each method, of each budget, among its arms
 * @param crossings  by method
 * @param laws       by what they describe
 * @param directions found elsewhere, looked for here
 * @param advice     for the study's budgets and those between
 * @param missing    cells of the grid that are not done
 */
record Analysis(StudySubject subject, Grid grid, Draws draws, List<Grid> others, List<Choice> choices, Map<String, List<Choice>> byMethod, Map<String, Crossing> crossings,
        Map<String, PowerLaw> laws, List<Direction> directions, List<Advice> advice, List<CellKey> missing) {

    static Analysis of(StudySubject subject, List<CellResult> cells) {
        Grid grid = Grid.of(subject, cells, subject.metric());
        Draws draws = Draws.of(grid);
        Set<String> names = new LinkedHashSet<>();
        cells.forEach(c -> c.figures().forEach(f -> names.add(f.name())));
        names.remove(subject.metric());
        List<Choice> choices = choices(grid, draws, grid.allArms());
        Map<String, List<Choice>> byMethod = new LinkedHashMap<>();
        Map<String, Crossing> crossings = new LinkedHashMap<>();
        Map<String, PowerLaw> laws = new LinkedHashMap<>();
        int alone = grid.arm(1, StudySubject.SFT);
        if (alone >= 0) {
            laws.put("demonstrations alone", PowerLaw.of(grid, draws, (b, means) -> means[alone]));
        }
        for (String m : subject.methods()) {
            int[] arms = grid.armsOf(m);
            byMethod.put(m, choices(grid, draws, arms));
            crossings.put(m, Crossing.of(grid, draws, m));
            laws.put("best split, " + m, PowerLaw.of(grid, draws, best(grid, arms)));
        }
        return new Analysis(subject, grid, draws, names.stream().map(n -> Grid.of(subject, cells, n)).toList(), choices, byMethod, crossings, laws,
                Direction.of(subject, grid, draws), advice(subject, grid, choices), missing(subject, grid, cells));
    }

    /** The best of some arms' means; NaN unless all are there, for another might be the best. */
    private static ToDoubleBiFunction<Integer, double[]> best(Grid grid, int[] arms) {
        return (b, means) -> {
            double[] those = Arrays.stream(arms).mapToDouble(a -> grid.sign() * means[a]).toArray();
            return Arrays.stream(those).anyMatch(Double::isNaN) ? Double.NaN : grid.sign() * Arrays.stream(those).max().orElse(Double.NaN);
        };
    }

    private static List<Choice> choices(Grid grid, Draws draws, int[] arms) {
        return IntStream.range(0, grid.budgets().size()).mapToObj(b -> Choice.of(grid, draws, b, arms)).toList();
    }

    private static List<Advice> advice(StudySubject subject, Grid grid, List<Choice> choices) {
        List<Advice> all = new ArrayList<>();
        double[] between = Advice.between(subject.budgets());
        for (int b = 0; b < choices.size(); b++) {
            if (!choices.get(b).isEmpty()) {
                Grid here = grid.at(choices.get(b).budget(), same(grid, choices.get(b).budget()));
                all.add(Advice.of(subject, here, choices.get(b), false));
            }
            if (b < between.length) {
                Grid here = grid.at(between[b], same(grid, between[b]));
                Choice c = Choice.of(here, Draws.of(here), 0, here.allArms());
                if (!c.isEmpty()) {
                    all.add(Advice.of(subject, here, between(grid, choices, c, same(grid, between[b])), true));
                }
            }
        }
        return all;
    }

    /** What is read between budgets is held to what was measured at those around. */
    private static Choice between(Grid grid, List<Choice> choices, Choice c, double[] budgets) {
        double[] halves = new double[c.arms().length];
        int low = choices.size() - 1;
        int high = 0;
        for (int i = 0; i < halves.length; i++) {
            double budget = budgets[c.arms()[i]];
            int after = 0;
            while (after < choices.size() - 1 && grid.budgets().get(after) < budget * (1 - 1e-9)) {
                after++;
            }
            int before = after == 0 || grid.budgets().get(after) <= budget * (1 + 1e-9) ? after : after - 1;
            double start = grid.budgets().get(before);
            double weight = before == after ? 0 : Math.log(budget / start) / Math.log(grid.budgets().get(after) / start);
            halves[i] = (1 - weight) * grid.mean(before, c.arms()[i]).half() + weight * grid.mean(after, c.arms()[i]).half();
            low = Math.min(low, before);
            high = Math.max(high, after);
        }
        return c.between(choices.subList(low, high + 1), halves);
    }

    private static double[] same(Grid grid, double budget) {
        double[] all = new double[grid.arms().size()];
        Arrays.fill(all, budget);
        return all;
    }

    /**
     * What would be best if rows had prices. A split of n examples costs n·(r·price of a demonstration + (1 − r)·price of a preference); so money buys each split
     * another number of examples, and what they give is read between the study's budgets. Splits for which that lies outside them are left out.
     *
     * @return empty where budgets do not count examples, or no split can be read
     */
    Optional<Choice> priced(double money, Budget.Cost prices) {
        if (subject.unit() != BudgetUnit.EXAMPLES) {
            return Optional.empty();
        }
        Grid here = grid.at(money, examples(money, prices));
        Choice c = Choice.of(here, Draws.of(here), 0, here.allArms());
        return c.isEmpty() ? Optional.empty() : Optional.of(between(grid, choices, c, examples(money, prices)));
    }

    /** How many examples money buys, by arm. */
    double[] examples(double money, Budget.Cost prices) {
        return grid.arms().stream().mapToDouble(a -> money / (a.ratio() * prices.sft() + (1 - a.ratio()) * prices.preference())).toArray();
    }

    private static List<CellKey> missing(StudySubject subject, Grid grid, List<CellResult> cells) {
        Set<CellKey> done = new LinkedHashSet<>();
        cells.forEach(c -> done.add(c.key()));
        List<CellKey> missing = new ArrayList<>();
        for (double b : subject.budgets()) {
            for (Arm a : grid.arms()) {
                for (long s : subject.seeds()) {
                    CellKey key = new CellKey(b, a.ratio(), a.method(), s);
                    if (!done.contains(key)) {
                        missing.add(key);
                    }
                }
            }
        }
        return missing;
    }
}
