package org.align4j.recipes.recipe;

import org.align4j.losses.Loss;
import org.align4j.losses.pair.AlphaPoLoss;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.NoSuchSetting;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** AlphaPO (Gupta et al. 2025): SimPO with the shape of the reward as a parameter. */
@Doc("AlphaPO: SimPO with the shape of the reward as a parameter.")
@NoSuchSetting(keys = {"reference", "ref_model", "reference_model", "reference_free", "precompute_ref_log_probs"}, says = "AlphaPO has no reference policy; remove it")
public record Alphapo(
        @Doc("Scale of the rewards.") @Default("2.5") @Range(above = 0) double beta,
        @Doc("Target margin as a part of beta.") @Default("0.1") @Range(min = 0) @Synonyms({"gamma", "simpo_gamma"}) double gammaBetaRatio,
        @Doc("Shape of the reward: 0 is SimPO, above 0 unlikely responses are pushed harder.") @Default("0.25") double alpha,
        @Inline(defaults = {"learning_rate=6e-7", "schedule=cosine", "batch_size=128"}) Training training)
        implements LossStage {

    @Override
    public Loss objective() {
        return new AlphaPoLoss(beta, gammaBetaRatio, alpha);
    }

    @Override
    public DataKind data() {
        return DataKind.COMPARISONS;
    }
}
