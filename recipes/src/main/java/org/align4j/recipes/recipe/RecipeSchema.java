package org.align4j.recipes.recipe;

import org.align4j.recipes.yaml.JsonSchema;

/** JSON Schema of recipes. */
public final class RecipeSchema {
    private RecipeSchema() {}

    /** The schema as indented JSON, ending in a newline. */
    public static String text() {
        return JsonSchema.text(Recipe.class, "Align4J recipe");
    }
}
