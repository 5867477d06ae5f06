package org.align4j.recipes.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.data.Group;
import org.align4j.core.data.PromptKey;
import org.align4j.core.data.Subset;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.BudgetUnit;
import org.align4j.recipes.recipe.DataKind;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.study.Spent;

/**
 * Spends the budget of a recipe: seeded subsets that nest, so that a larger budget contains the smaller, whatever its unit and split.
 *
 * <p>What is bought is a row: a demonstration, a pair, a list, a labelled response. Of several pairs with one prompt each is paid for; the two labelled
 * responses that a pair gives to a stage on labels were bought with the pair, once.
 */
public final class Budgets {
    private Budgets() {}

    /**
     * What was bought.
     *
     * @param groups in the order of the pool
     * @param spent  what it cost
     * @param pool   what there was to choose from
     * @param unit   of the budget
     */
    public record Bought(List<Group> groups, Spent.Kind spent, Pool pool, BudgetUnit unit) {

        /** Whether there are fewer rows than the budget pays for: what is left over would buy another one like them. */
        public boolean exhausted() {
            return spent.rows() == pool.rows() && spent.left() >= pool.cost() / Math.max(1, pool.rows()) * (1 - 1e-9);
        }

        /** For data-report.json. */
        Map<String, Object> toMap() {
            Map<String, Object> m = new LinkedHashMap<>();
            m.put("unit", unit.name().toLowerCase(Locale.ROOT));
            m.put("allowed", spent.allowed());
            m.put("cost", spent.cost());
            m.put("left_over", spent.left());
            m.put("rows", spent.rows());
            m.put("tokens", spent.tokens());
            m.put("pool_rows", pool.rows());
            m.put("pool_tokens", pool.tokens());
            m.put("more_than_there_is", exhausted());
            return m;
        }

        /** One line: what was bought of what there is, and what is left over. */
        String words() {
            String words = unit == BudgetUnit.COST ? "cost units" : unit.name().toLowerCase(Locale.ROOT);
            return String.format(Locale.ROOT, "budget: %,d of %,d rows (%,d tokens) for %s of %s %s, left over %s%s", spent.rows(), pool.rows(), spent.tokens(), number(spent.cost()),
                    number(spent.allowed()), words, number(spent.left()),
                    exhausted() ? "; there are no more rows to spend it on: lower the budget, or add data" : "");
        }

        static String number(double v) {
            double r = Math.round(v * 1e6) / 1e6;
            return r == Math.rint(r) ? String.format(Locale.ROOT, "%,d", (long) r) : Double.toString(r);
        }
    }

    /** What there is: rows, their tokens, and what they all cost in the unit of the budget. */
    public record Pool(long rows, long tokens, double cost) {}

    /** What was bought and left out, a line each, to follow the description of a stage. */
    static String words(Optional<Bought> bought, boolean made, int dropped) {
        String indent = "\n" + " ".repeat(13);
        return bought.map(b -> indent + b.words()).orElse("") + (made ? indent + "budget: rows that a stage makes cost nothing" : "")
                + (dropped > 0 ? indent + dropped + " rows are left out because their prompts are evaluated on" : "");
    }

    /** The same for data-report.json. */
    static Map<String, Object> report(Optional<Bought> bought, boolean made, int dropped) {
        Map<String, Object> m = new LinkedHashMap<>();
        bought.ifPresent(b -> m.put("budget", b.toMap()));
        if (made) {
            m.put("made_by_a_stage", "cost nothing");
        }
        if (dropped > 0) {
            m.put("left_out_because_evaluated_on", dropped);
        }
        return m;
    }

    /** What a recipe's budget buys of rows of a kind; none where there is no budget or they cost nothing. */
    static Optional<Bought> apply(Recipe recipe, DataKind kind, List<Group> groups) {
        if (kind == DataKind.TEXT) {
            return Optional.empty();
        }
        boolean made = kind == DataKind.LABELS && recipe.data().unpaired().isEmpty();
        return recipe.budget().map(b -> buy(b, kind.isPreference(), made, groups, recipe.seed()));
    }

    /**
     * As many rows as the budget's part for them pays for, or all there are.
     *
     * @param preference whether they are preferences, or demonstrations
     * @param made       whether groups of one row were made of one pair, which was bought
     */
    public static Bought buy(Budget b, boolean preference, boolean made, List<Group> pool, long seed) {
        List<List<Group>> rows = made ? byRow(pool) : pool.stream().map(List::of).toList();
        double allowed = exact(b.total() * (preference ? b.split().preference() : b.split().sft()));
        double price = b.unit() == BudgetUnit.COST ? preference ? b.cost().preference() : b.cost().sft() : 1;
        boolean counted = b.unit() == BudgetUnit.TOKENS;
        int count = counted ? within(rows, allowed, seed) : (int) Math.min(rows.size(), Math.floor(allowed / price + 1e-9));
        List<Group> groups = take(rows, count, seed);
        long tokens = tokens(groups);
        long all = tokens(pool);
        return new Bought(groups, new Spent.Kind(allowed, counted ? tokens : exact(count * price), count, tokens), new Pool(rows.size(), all, counted ? all : exact(rows.size() * price)), b.unit());
    }

    /** Without what binary fractions add: (1 − 0.9) · 1000 is 100. */
    static double exact(double v) {
        return Math.rint(v * 1e9) / 1e9;
    }

    private static List<List<Group>> byRow(List<Group> groups) {
        List<List<Group>> rows = new ArrayList<>();
        for (Group g : groups) {
            if (rows.isEmpty() || !rows.get(rows.size() - 1).get(0).at().equals(g.at())) {
                rows.add(new ArrayList<>());
            }
            rows.get(rows.size() - 1).add(g);
        }
        return rows;
    }

    private static List<Group> take(List<List<Group>> rows, int count, long seed) {
        return Subset.take(rows, r -> PromptKey.of(r.get(0)), count, seed).stream().flatMap(List::stream).toList();
    }

    private static long tokens(List<Group> groups) {
        return groups.stream().mapToLong(Group::tokensUnshared).sum();
    }

    /** Most rows whose nested subset has at most so many tokens: the subsets grow, so bisection finds it. */
    private static int within(List<List<Group>> rows, double tokens, long seed) {
        int low = 0;
        int high = rows.size();
        while (low < high) {
            int middle = (low + high + 1) / 2;
            if (tokens(take(rows, middle, seed)) <= tokens) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
