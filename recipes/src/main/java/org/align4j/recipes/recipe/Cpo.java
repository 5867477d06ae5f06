package org.align4j.recipes.recipe;

import org.align4j.losses.Loss;
import org.align4j.losses.pair.CpoLoss;
import org.align4j.losses.pair.Shape;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.NoSuchSetting;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** Contrastive preference optimization (Xu et al. 2024): DPO without a reference, with the chosen response imitated beside it. */
@Doc("Contrastive preference optimization: DPO without a reference, with the chosen response imitated beside it.")
@NoSuchSetting(keys = {"reference", "ref_model", "reference_model", "reference_free", "precompute_ref_log_probs"}, says = "CPO has no reference policy; remove it")
public record Cpo(
        @Doc("Scale of the difference of the two log-probabilities.") @Default("0.1") @Range(above = 0) double beta,
        @Doc("Shape of the loss.") @Default("sigmoid") @Synonyms("loss_type") Shape shape,
        @Doc("Assumed probability that a label is wrong; shape sigmoid only.") @Default("0.0") @Range(min = 0, below = 0.5) double labelSmoothing,
        @Doc("Weight of imitating the chosen response.") @Default("1.0") @Range(min = 0) @Synonyms("cpo_alpha") double nllWeight,
        @Inline(defaults = {"learning_rate=1e-6"}) Training training)
        implements LossStage, Checked {

    @Override
    public void check(Findings f) {
        if (shape != Shape.SIGMOID && labelSmoothing > 0) {
            f.problem("label_smoothing", "label_smoothing has no effect with shape " + shape.name().toLowerCase(java.util.Locale.ROOT), "remove it, or choose shape: sigmoid");
        }
    }

    @Override
    public Loss objective() {
        return new CpoLoss(beta, shape, labelSmoothing, nllWeight);
    }

    @Override
    public DataKind data() {
        return DataKind.COMPARISONS;
    }
}
