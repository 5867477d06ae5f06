package org.align4j.recipes.run;

import org.align4j.recipes.recipe.Stage;

/**
 * A stage of a recipe with what it will do.
 *
 * @param index   its place among all stages, from 0
 * @param name    "1-sft": how it is called in metrics, checkpoints and directories
 * @param adapter the adapter it trains, or null
 */
record Planned(int index, String name, Stage stage, AdapterPlan adapter, StageWork work) {

    static String name(int index, Stage stage) {
        return (index + 1) + "-" + stage.kind();
    }

    /** Whether what it leaves is an adapter on the model it received. */
    boolean keepsAdapter() {
        return adapter != null && adapter.spec().kept();
    }
}
