package org.align4j.recipes.run;

import java.util.List;
import org.align4j.recipes.recipe.Recipe;

/**
 * What a recipe would do, found out without doing it.
 *
 * @param stages a line for each
 * @param bytes  of memory that its largest stage plans to use; 0 where no stage says
 */
public record RecipePlan(List<String> stages, long bytes) {

    /** Plans with a session of the recipe's model; reads the data, and refuses what could not be run. */
    public static RecipePlan of(Recipe recipe, ModelSession session) {
        List<Planned> plans = Works.plan(recipe, session);
        long bytes = plans.stream().mapToLong(p -> p.work().chosen().get("planned_bytes") instanceof Number n ? n.longValue() : 0).max().orElse(0);
        return new RecipePlan(plans.stream().map(p -> p.work().describe()).toList(), bytes);
    }
}
