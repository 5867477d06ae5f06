package org.align4j.recipes.recipe;

import java.util.Locale;
import java.util.Optional;
import org.align4j.recipes.yaml.Doc;

/** One step of a recipe. Each starts from the model the one before it left. Written as {@code - sft: {…}}. */
@Doc("One step of the recipe; it starts from the model the one before it left.")
public sealed interface Stage permits LossStage, Reward, OnlineStage, Sample, Select, Merge, Repeat {
    /** Its key in a recipe. */
    default String kind() {
        return getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    /** The adapter it trains on the model, if it does. */
    default Optional<AdapterSpec> adapter() {
        return Optional.empty();
    }

    /** Where its reference log-probabilities come from; empty where it has no reference. */
    default Optional<ReferenceSpec> reference() {
        return Optional.empty();
    }

    /** Whether it leaves another model than it received. */
    default boolean trains() {
        return false;
    }

    /** The kind of rows it makes for later stages, if it does. */
    default Optional<DataKind> makes() {
        return Optional.empty();
    }

    /** Whether some of the rows it makes are kept for evaluation. */
    default boolean holdsOut() {
        return false;
    }

    /** The kind of rows made by an earlier stage that it may learn from, if it may. */
    default Optional<DataKind> learnsFrom() {
        return Optional.empty();
    }
}
