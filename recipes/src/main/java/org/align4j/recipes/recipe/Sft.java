package org.align4j.recipes.recipe;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.align4j.losses.Kl;
import org.align4j.losses.Loss;
import org.align4j.losses.supervised.DftLoss;
import org.align4j.losses.supervised.KlAnchoredLoss;
import org.align4j.losses.supervised.MinorSftLoss;
import org.align4j.losses.supervised.NllLoss;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.recipes.yaml.Terse;

/** Supervised finetuning: imitation of demonstrated responses, plain or with a brake. */
@Doc("Supervised finetuning on demonstrated responses.")
@Terse
public record Sft(
        @Doc("The loss.") @Default("nll") @Synonyms("loss_type") Variety loss,
        @Doc("minor_sft: how soon a response is let go that the policy has learnt; 0.04 unless given, more with means.") @Range(above = 0) Optional<Double> beta,
        @Doc("minor_sft: sum or mean over tokens; sum unless given.") Optional<SumOrMean> reduction,
        @Doc("kl_sft: weight of the pull to the reference, 1 unless given.") @Range(min = 0) @Synonyms({"kl_coef", "kl_weight"}) Optional<Double> weight,
        @Doc("kl_sft: estimator of the divergence per token, k3 unless given.") @Synonyms("kl_estimator") Optional<Kl> estimator,
        @Doc("Where reference log-probabilities come from: cached unless given, where the loss has a reference.") @Synonyms({"ref_model", "reference_model", "precompute_ref_log_probs", "sync_ref_model"})
                Optional<ReferenceSpec> reference,
        @Inline(defaults = {"learning_rate=2e-5"}) Training training)
        implements LossStage, Checked {

    /** Losses of the sft stage. */
    public enum Variety implements Variant {
        /** −log π(y_t). */
        @Synonyms({"sft", "chunked_nll", "cross_entropy"})
        NLL,
        /** Every token weighted by its own probability (Wu et al. 2025). */
        DFT,
        /** Lets go of a response the further the policy has left the reference on it (Xie et al. 2024). */
        MINOR_SFT("beta", 0.04, "reduction", SumOrMean.SUM),
        /** With a pull to the reference on the same tokens. */
        @Synonyms("kl")
        KL_SFT("weight", 1.0, "estimator", Kl.K3);

        private final Map<String, Object> settings;

        Variety(Object... settings) {
            this.settings = Variant.settings(settings);
        }

        @Override
        public Map<String, Object> settings() {
            return settings;
        }
    }

    public Sft {
        Variants v = new Variants(loss);
        beta = v.fill("beta", beta);
        reduction = v.fill("reduction", reduction);
        weight = v.fill("weight", weight);
        estimator = v.fill("estimator", estimator);
        reference = reference.isEmpty() && referenced(loss) ? Optional.of(new ReferenceSpec.Cached()) : reference;
    }

    private static boolean referenced(Variety loss) {
        return loss == Variety.MINOR_SFT || loss == Variety.KL_SFT;
    }

    @Override
    public void check(Findings f) {
        Map<String, Optional<?>> given = new LinkedHashMap<>();
        given.put("beta", beta);
        given.put("reduction", reduction);
        given.put("weight", weight);
        given.put("estimator", estimator);
        new Variants(loss).check(f, Variety.values(), given);
        if (reference.isPresent() && !referenced(loss)) {
            f.problem("reference", "reference has no effect with loss " + loss.key(), "remove it, or choose a loss that reads it: minor_sft, kl_sft");
        }
    }

    @Override
    public Loss objective() {
        return switch (loss) {
            case NLL -> new NllLoss();
            case DFT -> new DftLoss();
            case MINOR_SFT -> new MinorSftLoss(beta.orElseThrow(), reduction.orElseThrow().reduction());
            case KL_SFT -> new KlAnchoredLoss(weight.orElseThrow(), estimator.orElseThrow());
        };
    }

    @Override
    public DataKind data() {
        return DataKind.DEMONSTRATIONS;
    }
}
