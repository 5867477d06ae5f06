package org.align4j.recipes.run;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.BudgetUnit;
import org.align4j.recipes.recipe.DataFrom;
import org.align4j.recipes.recipe.DataKind;
import org.align4j.recipes.recipe.LossStage;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.Reward;
import org.align4j.recipes.recipe.Select;
import org.align4j.recipes.recipe.Stage;
import org.align4j.recipes.recipe.StageList;

/**
 * What a recipe's budget came to over all stages. Stages on the same source share the rows that were bought for the first of them.
 *
 * @param demonstrations what was bought of them; empty where no stage learns from them
 * @param preferences    the same
 */
record BudgetTotal(Budget budget, Optional<Part> demonstrations, Optional<Part> preferences) {

    /**
     * One kind of rows.
     *
     * @param used the most bought rows that a stage trains on; empty while a select stage has not chosen yet
     */
    record Part(Budgets.Bought bought, OptionalLong used) {
        Map<String, Object> toMap() {
            Map<String, Object> m = new LinkedHashMap<>();
            m.put("allowed", bought.spent().allowed());
            m.put("bought", bought.spent().cost());
            m.put("bought_rows", bought.spent().rows());
            used.ifPresent(u -> m.put("used_rows", u));
            m.put("left_over", bought.spent().left());
            return m;
        }
    }

    /** Of a recipe with a budget; empty while the rows of some stage that it pays for are not read. */
    static Optional<BudgetTotal> of(Recipe recipe, List<Planned> plans) {
        if (recipe.budget().isEmpty()) {
            return Optional.empty();
        }
        Optional<Part> demonstrations = part(recipe.list(), plans, false);
        Optional<Part> preferences = part(recipe.list(), plans, true);
        boolean known = (demonstrations.isPresent() || !asks(recipe.list(), plans, false)) && (preferences.isPresent() || !asks(recipe.list(), plans, true));
        return known ? Optional.of(new BudgetTotal(recipe.budget().get(), demonstrations, preferences)) : Optional.empty();
    }

    private static boolean asks(StageList list, List<Planned> plans, boolean preference) {
        return plans.stream().anyMatch(p -> kind(p.stage(), preference) && list.from(p.index()) != DataFrom.SAMPLED);
    }

    /** Whether a stage is about rows that a part of the budget pays for. */
    private static boolean kind(Stage stage, boolean preference) {
        return stage instanceof Reward ? preference : stage instanceof Select s ? s.kindOfRows().isPreference() == preference
                : stage instanceof LossStage l && l.data() != DataKind.TEXT && l.data().isPreference() == preference;
    }

    private static Optional<Part> part(StageList list, List<Planned> plans, boolean preference) {
        Optional<Budgets.Bought> bought = Optional.empty();
        OptionalLong used = OptionalLong.empty();
        for (Planned p : plans) {
            if (!kind(p.stage(), preference)) {
                continue;
            }
            Optional<Budgets.Bought> own = p.work().bought();
            if (own.isPresent() && (bought.isEmpty() || own.get().spent().cost() > bought.get().spent().cost())) {
                bought = own;
            }
            OptionalLong rows = p.stage() instanceof Select ? OptionalLong.empty() : own.isPresent() ? OptionalLong.of(own.get().spent().rows()) : chosen(list, plans, p.index());
            used = rows.isPresent() ? OptionalLong.of(Math.max(used.orElse(0), rows.getAsLong())) : used;
        }
        OptionalLong most = used;
        return bought.map(b -> new Part(b, most));
    }

    /** How many bought rows were chosen for a stage; empty where none were, and while that is not done. */
    private static OptionalLong chosen(StageList list, List<Planned> plans, int stage) {
        int maker = list.from(stage).sampled() ? list.madeBefore(stage) : -1;
        int first = maker;
        while (first >= 0 && list.get(first) instanceof Select && list.from(first).sampled()) {
            first = list.madeBefore(first);
        }
        boolean files = first >= 0 && list.get(first) instanceof Select;
        return files && plans.get(maker).work().rows().get("selected") instanceof Number n ? OptionalLong.of(n.longValue()) : OptionalLong.empty();
    }

    private double bought() {
        return demonstrations.map(d -> d.bought().spent().cost()).orElse(0.0) + preferences.map(p -> p.bought().spent().cost()).orElse(0.0);
    }

    /** For data-report.json. */
    Map<String, Object> toMap() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("unit", budget.unit().name().toLowerCase(Locale.ROOT));
        m.put("allowed", budget.total());
        m.put("bought", bought());
        m.put("left_over", Budgets.exact(budget.total() - bought()));
        demonstrations.ifPresent(d -> m.put("demonstrations", d.toMap()));
        preferences.ifPresent(p -> m.put("preferences", p.toMap()));
        return m;
    }

    /** One line: what was bought and what is left over, in all. */
    String words() {
        String unit = budget.unit() == BudgetUnit.COST ? "cost units" : budget.unit().name().toLowerCase(Locale.ROOT);
        return String.format(Locale.ROOT, "Budget in all: bought %s of %s %s (demonstrations %s, preferences %s), left over %s", Budgets.Bought.number(bought()),
                Budgets.Bought.number(budget.total()), unit, words(demonstrations), words(preferences), Budgets.Bought.number(budget.total() - bought()));
    }

    private static String words(Optional<Part> part) {
        return part.map(p -> Budgets.Bought.number(p.bought().spent().cost())).orElse("none");
    }
}
