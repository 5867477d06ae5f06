package org.align4j.recipes.recipe;

import org.align4j.losses.Loss;
import org.align4j.losses.supervised.UnlikelihoodLoss;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.NoSuchSetting;
import org.align4j.recipes.yaml.Range;

/** Likelihood of desirable responses and unlikelihood of the others, token by token (Welleck et al. 2019), without a reference. */
@Doc("Likelihood of desirable responses, unlikelihood of the others, without a reference.")
@NoSuchSetting(keys = {"reference", "ref_model", "reference_model", "reference_free", "precompute_ref_log_probs"}, says = "unlikelihood has no reference policy; remove it")
public record Unlikelihood(
        @Doc("Weight of the undesirable responses.") @Default("1.0") @Range(min = 0) double weight,
        @Inline(defaults = {"learning_rate=1e-5"}) Training training)
        implements LossStage {

    @Override
    public Loss objective() {
        return new UnlikelihoodLoss(weight);
    }

    @Override
    public DataKind data() {
        return DataKind.LABELS;
    }
}
