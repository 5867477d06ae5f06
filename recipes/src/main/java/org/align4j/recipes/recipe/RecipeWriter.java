package org.align4j.recipes.recipe;

import org.align4j.recipes.yaml.RecordWriter;

/** {@link Recipe}s to the canonical YAML of {@code recipe.resolved.yaml}: every default written out, every path absolute; reading it gives an equal recipe. */
public final class RecipeWriter {
    private RecipeWriter() {}

    /** The document, ending in a newline. */
    public static String write(Recipe recipe) {
        return RecordWriter.write(recipe);
    }
}
