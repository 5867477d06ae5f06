package org.align4j.recipes.recipe;

import java.util.Locale;
import java.util.Optional;
import org.align4j.losses.Loss;
import org.align4j.recipes.yaml.Doc;

/** One step of a recipe. Each starts from the model the one before it left. Written as {@code - sft: {…}}. */
@Doc("One step of the recipe; it starts from the model the one before it left.")
public sealed interface Stage permits Pretrain, Sft, Distill, Dpo, Slic, Orpo, Cpo, Simpo, Alphapo, Lipo, Kto, Unlikelihood {
    /** Its key in a recipe. */
    default String kind() {
        return getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    /** How it trains. */
    Training training();

    /** What it minimises. */
    Loss objective();

    /** What it learns from. */
    DataKind data();

    /** Where its reference log-probabilities come from; empty where its loss has no reference. */
    default Optional<ReferenceSpec> reference() {
        return Optional.empty();
    }
}
