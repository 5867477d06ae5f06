/**
 * What a recipe says, as records: the annotations on their components are the one source of keys, defaults, bounds, documentation and JSON Schema.
 * {@link org.align4j.recipes.recipe.RecipeReader} reads a file into a {@link org.align4j.recipes.recipe.Recipe}.
 */
package org.align4j.recipes.recipe;
