package org.align4j.recipes.recipe;

import org.align4j.losses.Loss;
import org.align4j.losses.pair.SimPoLoss;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.NoSuchSetting;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** Simple preference optimization (Meng et al. 2024): log-probabilities per token with a target margin, without a reference and without imitation. */
@Doc("Simple preference optimization: log-probabilities per token with a target margin, without a reference.")
@NoSuchSetting(keys = {"reference", "ref_model", "reference_model", "reference_free", "precompute_ref_log_probs"}, says = "SimPO has no reference policy; remove it")
public record Simpo(
        @Doc("Scale of the log-probabilities per token; published 2 to 10.") @Default("2.0") @Range(above = 0) double beta,
        @Doc("Target margin as a part of beta; published 0.1 to 0.8.") @Default("0.5") @Range(min = 0) @Synonyms({"gamma", "simpo_gamma"}) double gammaBetaRatio,
        @Doc("Assumed probability that a label is wrong.") @Default("0.0") @Range(min = 0, below = 0.5) double labelSmoothing,
        @Inline(defaults = {"learning_rate=6e-7", "schedule=cosine", "batch_size=128"}) Training training)
        implements LossStage {

    @Override
    public Loss objective() {
        return new SimPoLoss(beta, gammaBetaRatio, labelSmoothing);
    }

    @Override
    public DataKind data() {
        return DataKind.COMPARISONS;
    }
}
