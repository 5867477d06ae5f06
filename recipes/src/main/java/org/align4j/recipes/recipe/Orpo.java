package org.align4j.recipes.recipe;

import org.align4j.losses.Loss;
import org.align4j.losses.pair.OrpoLoss;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.NoSuchSetting;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** Odds ratio preference optimization (Hong et al. 2024): imitation of the chosen response plus λ times the log-odds ratio, without a reference, from the base model. */
@Doc("Odds ratio preference optimization: imitation and preference in one stage, without a reference.")
@NoSuchSetting(keys = {"reference", "ref_model", "reference_model", "reference_free", "precompute_ref_log_probs"}, says = "ORPO has no reference policy; remove it")
public record Orpo(
        @Doc("Weight of the log-odds ratio.") @Default("0.1") @Range(min = 0) @Synonyms({"beta", "alpha", "orpo_alpha"}) double lambda,
        @Doc("Whether the imitated text includes the prompt, as in the authors' code.") @Default("false") boolean promptNll,
        @Inline(defaults = {"learning_rate=5e-6", "schedule=inverse_sqrt"}) Training training)
        implements LossStage {

    @Override
    public Loss objective() {
        return new OrpoLoss(lambda, promptNll);
    }

    @Override
    public DataKind data() {
        return DataKind.COMPARISONS;
    }
}
