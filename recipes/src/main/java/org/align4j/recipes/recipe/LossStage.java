package org.align4j.recipes.recipe;

import java.util.Optional;
import org.align4j.losses.Loss;

/** A stage that minimises a loss over rows of data. */
public sealed interface LossStage extends Stage permits Pretrain, Sft, Distill, Dpo, Slic, Orpo, Cpo, Simpo, Alphapo, Lipo, Kto, Unlikelihood {
    /** How it trains. */
    Training training();

    /** What it minimises. */
    Loss objective();

    /** What it learns from. */
    DataKind data();

    @Override
    default Optional<AdapterSpec> adapter() {
        return training().adapter();
    }

    @Override
    default boolean trains() {
        return true;
    }

    @Override
    default Optional<DataKind> learnsFrom() {
        return data() == DataKind.TEXT ? Optional.empty() : Optional.of(data() == DataKind.LABELS ? DataKind.COMPARISONS : data());
    }
}
