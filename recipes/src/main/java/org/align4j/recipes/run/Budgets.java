package org.align4j.recipes.run;

import java.util.List;
import org.align4j.core.data.Group;
import org.align4j.core.data.PromptKey;
import org.align4j.core.data.Subset;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.BudgetUnit;
import org.align4j.recipes.recipe.DataKind;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.study.Spent;

/** Spends the budget of a recipe: seeded subsets that nest, so that a larger budget contains the smaller. */
public final class Budgets {
    private Budgets() {}

    /**
     * What was bought.
     *
     * @param groups in the order of the pool
     * @param spent  what it cost
     * @param pool   rows there were to choose from
     */
    public record Bought(List<Group> groups, Spent.Kind spent, Pool pool) {
        /** Whether money is left for which there are no rows. */
        public boolean exhausted() {
            return spent.rows() == pool.rows() && spent.allowed() > pool.cost() * (1 + 1e-12);
        }
    }

    /** What there is: rows, their tokens, and what they all cost in the unit of the budget. */
    public record Pool(long rows, long tokens, double cost) {}

    /** What a recipe's budget buys of rows of a kind. */
    static List<Group> apply(Recipe recipe, DataKind kind, List<Group> groups) {
        if (recipe.budget().isEmpty() || kind == DataKind.TEXT) {
            return groups;
        }
        return buy(recipe.budget().get(), kind, groups, recipe.seed()).groups();
    }

    /** As many rows as the budget's part for them pays for, or all there are. */
    public static Bought buy(Budget b, DataKind kind, List<Group> pool, long seed) {
        double allowed = b.total() * (kind.isPreference() ? b.split().preference() : b.split().sft());
        double price = b.unit() == BudgetUnit.COST ? kind.isPreference() ? b.cost().preference() : b.cost().sft() : 1;
        int count = b.unit() == BudgetUnit.TOKENS ? within(pool, allowed, seed) : (int) Math.min(pool.size(), Math.floor(allowed / price + 1e-9));
        List<Group> groups = Subset.take(pool, PromptKey::of, count, seed);
        long tokens = tokens(groups);
        long all = tokens(pool);
        boolean counted = b.unit() == BudgetUnit.TOKENS;
        return new Bought(groups, new Spent.Kind(allowed, counted ? tokens : count * price, count, tokens), new Pool(pool.size(), all, counted ? all : pool.size() * price));
    }

    private static long tokens(List<Group> groups) {
        return groups.stream().mapToLong(Group::tokensUnshared).sum();
    }

    /** Most rows whose nested subset has at most so many tokens: the subsets grow, so bisection finds it. */
    private static int within(List<Group> groups, double tokens, long seed) {
        int low = 0;
        int high = groups.size();
        while (low < high) {
            int middle = (low + high + 1) / 2;
            long sum = tokens(Subset.take(groups, PromptKey::of, middle, seed));
            if (sum <= tokens) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
