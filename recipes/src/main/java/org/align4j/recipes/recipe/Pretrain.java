package org.align4j.recipes.recipe;

import org.align4j.losses.Loss;
import org.align4j.losses.supervised.NllLoss;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.NoSuchSetting;

/** Next-token prediction on every token of plain text. */
@Doc("Next-token prediction on every token of plain text.")
@NoSuchSetting(keys = {"reference", "ref_model", "reference_model", "beta"}, says = "pretraining has none; remove it")
public record Pretrain(@Inline(defaults = {"learning_rate=3e-4"}) Training training) implements LossStage {
    @Override
    public Loss objective() {
        return new NllLoss();
    }

    @Override
    public DataKind data() {
        return DataKind.TEXT;
    }
}
