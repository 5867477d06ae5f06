package org.align4j.recipes.recipe;

import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Range;

/** What annotation may be spent, and how it is split between demonstrations and preferences. */
@Doc("What annotation may be spent, and how it is split.")
public record Budget(
        @Doc("How much there is, in the unit below.") @Range(above = 0) double total,
        @Doc("What is counted.") @Default("examples") BudgetUnit unit,
        @Doc("What one row costs; spent only when unit is cost.") @Default("{}") Cost cost,
        @Doc("Part of the total that each kind of data gets; adds up to 1.") Split split)
        implements Checked {

    /** Price of one row of each kind, in any currency. */
    @Doc("Price of one row of each kind.")
    public record Cost(
            @Doc("Price of one demonstration.") @Default("1.0") @Range(above = 0) double sft,
            @Doc("Price of one comparison.") @Default("1.0") @Range(above = 0) double preference) {
        /** The prices of a budget that has none. */
        public static final Cost NONE = new Cost(1, 1);
    }

    /** Parts of the total. */
    @Doc("Parts of the total; they add up to 1.")
    public record Split(
            @Doc("Part spent on demonstrations.") @Range(min = 0, max = 1) double sft,
            @Doc("Part spent on comparisons.") @Range(min = 0, max = 1) double preference) {}

    @Override
    public void check(Findings f) {
        double sum = split.sft() + split.preference();
        if (Math.abs(sum - 1) > 1e-9) {
            f.problem("split", "the parts of budget.split must add up to 1, found " + split.sft() + " + " + split.preference(), "");
        }
        if (unit != BudgetUnit.COST && !cost.equals(Cost.NONE)) {
            f.problem("cost", "prices have no effect on a budget that counts " + (unit == BudgetUnit.TOKENS ? "tokens" : "examples"), "write unit: cost, or remove cost");
        }
        if (unit != BudgetUnit.COST && total != Math.rint(total)) {
            f.problem("total", "a budget in " + (unit == BudgetUnit.TOKENS ? "tokens" : "examples") + " must be a whole number, found " + total, "");
        }
    }
}
