package org.align4j.recipes.recipe;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.align4j.losses.Loss;
import org.align4j.losses.pair.RsoHingeLoss;
import org.align4j.losses.pair.SlicHfLoss;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.NoSuchSetting;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.recipes.yaml.Terse;

/**
 * Sequence likelihood calibration (SLiC-HF, Zhao et al. 2023): the chosen response is to be likelier than the rejected one by a margin, without a
 * reference; a term that imitates the chosen response takes its place. {@code rso_hinge} is the form of RSO (Liu et al. 2023) without that term.
 */
@Doc("Sequence likelihood calibration on compared responses, without a reference.")
@NoSuchSetting(keys = {"reference", "ref_model", "reference_model", "reference_free", "precompute_ref_log_probs"}, says = "SLiC has no reference policy; remove it")
@Terse
public record Slic(
        @Doc("The loss.") @Default("slic") @Synonyms("loss_type") Variety loss,
        @Doc("slic: margin in nats between the two log-probabilities, 1 unless given.") @Range(above = 0) Optional<Double> delta,
        @Doc("slic: weight of imitating the chosen response, 0.1 unless given.") @Range(min = 0) @Synonyms({"lambda_coef", "regularization"}) Optional<Double> lambda,
        @Doc("slic: whether log-probabilities are sums or means over tokens; sum unless given.") Optional<SumOrMean> reduction,
        @Doc("slic: what is imitated: the chosen response, or the row's field target where it has one; chosen unless given.") @Synonyms({"reference_text", "sft_target"})
                Optional<Imitated> target,
        @Doc("rso_hinge: the margin is 1/γ nats; 0.05 unless given.") @Range(above = 0) Optional<Double> gamma,
        @Inline(defaults = {"learning_rate=1e-5", "batch_size=32"}) Training training)
        implements LossStage, Checked {

    /** What the second term imitates. */
    public enum Imitated {
        /** The chosen response. */
        CHOSEN,
        /** A third text: the field {@code target} of the rows that have one, the chosen response of the others. */
        FIELD
    }

    /** Losses of the slic stage. */
    public enum Variety implements Variant {
        /** max(0, δ − log π(y_w) + log π(y_l)) − λ·log π(y_w). */
        @Synonyms("slic_hf")
        SLIC("delta", 1.0, "lambda", 0.1, "reduction", SumOrMean.SUM, "target", Imitated.CHOSEN),
        /** max(0, 1 − γ(log π(y_w) − log π(y_l))). */
        @Synonyms("hinge")
        RSO_HINGE("gamma", 0.05);

        private final Map<String, Object> settings;

        Variety(Object... settings) {
            this.settings = Variant.settings(settings);
        }

        @Override
        public Map<String, Object> settings() {
            return settings;
        }
    }

    public Slic {
        Variants v = new Variants(loss);
        delta = v.fill("delta", delta);
        lambda = v.fill("lambda", lambda);
        reduction = v.fill("reduction", reduction);
        target = v.fill("target", target);
        gamma = v.fill("gamma", gamma);
    }

    @Override
    public void check(Findings f) {
        Map<String, Optional<?>> given = new LinkedHashMap<>();
        given.put("delta", delta);
        given.put("lambda", lambda);
        given.put("reduction", reduction);
        given.put("target", target);
        given.put("gamma", gamma);
        new Variants(loss).check(f, Variety.values(), given);
    }

    @Override
    public Loss objective() {
        return loss == Variety.SLIC ? new SlicHfLoss(delta.orElseThrow(), lambda.orElseThrow(), reduction.orElseThrow().reduction()) : new RsoHingeLoss(gamma.orElseThrow());
    }

    @Override
    public DataKind data() {
        return DataKind.COMPARISONS;
    }
}
