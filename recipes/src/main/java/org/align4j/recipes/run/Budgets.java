package org.align4j.recipes.run;

import java.util.List;
import org.align4j.core.data.Group;
import org.align4j.core.data.PromptKey;
import org.align4j.core.data.Subset;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.BudgetUnit;
import org.align4j.recipes.recipe.DataKind;
import org.align4j.recipes.recipe.Recipe;

/** Spends the budget of a recipe: seeded subsets that nest, so that a larger budget contains the smaller. */
final class Budgets {
    private Budgets() {}

    /** What the budget buys of rows of a kind. */
    static List<Group> apply(Recipe recipe, DataKind kind, List<Group> groups) {
        if (recipe.budget().isEmpty() || kind == DataKind.TEXT) {
            return groups;
        }
        Budget b = recipe.budget().get();
        double share = kind.isPreference() ? b.split().preference() : b.split().sft();
        double price = b.unit() == BudgetUnit.COST ? kind.isPreference() ? b.cost().preference() : b.cost().sft() : 1;
        double money = share * b.total();
        int count = b.unit() == BudgetUnit.TOKENS ? within(groups, money, recipe.seed()) : (int) Math.min(groups.size(), Math.floor(money / price + 1e-9));
        return Subset.take(groups, PromptKey::of, count, recipe.seed());
    }

    /** Most rows whose nested subset has at most so many tokens: the subsets grow, so bisection finds it. */
    private static int within(List<Group> groups, double tokens, long seed) {
        int low = 0;
        int high = groups.size();
        while (low < high) {
            int middle = (low + high + 1) / 2;
            long sum = Subset.take(groups, PromptKey::of, middle, seed).stream().mapToLong(Group::tokensUnshared).sum();
            if (sum <= tokens) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
