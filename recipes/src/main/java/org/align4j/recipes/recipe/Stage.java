package org.align4j.recipes.recipe;

import java.util.Optional;
import org.align4j.recipes.yaml.Doc;

/** One step of a recipe. Each starts from the model the one before it left. Written as {@code - sft: {…}}. */
@Doc("One step of the recipe; it starts from the model the one before it left.")
public sealed interface Stage permits Pretrain, Sft, Dpo {
    /** Its key in a recipe. */
    String kind();

    /** How it trains. */
    Training training();

    /** The data it trains on, if the recipe has it. */
    Optional<DataSource> source(DataSpec data);

    /** Where that data stands in a recipe. */
    String sourcePath();
}
