package org.align4j.recipes.recipe;

/** What a budget counts. */
public enum BudgetUnit {
    /** Rows. */
    EXAMPLES,
    /** Tokens of prompts and responses. */
    TOKENS,
    /** Rows times what one costs. */
    COST
}
