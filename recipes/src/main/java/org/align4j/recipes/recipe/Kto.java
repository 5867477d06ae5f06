package org.align4j.recipes.recipe;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.align4j.losses.Loss;
import org.align4j.losses.unpaired.ApoUnpairedLoss;
import org.align4j.losses.unpaired.BcoLoss;
import org.align4j.losses.unpaired.KtoLoss;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.recipes.yaml.Terse;

/** Kahneman–Tversky optimization (Ethayarajh et al. 2024) and its kin: single responses, each desirable or not. Pairs give one of each. */
@Doc("Kahneman–Tversky optimization and its kin on single responses that are desirable or not; pairs give one of each.")
@Terse
public record Kto(
        @Doc("The loss.") @Default("kto") @Synonyms("loss_type") Variety loss,
        @Doc("Strength of the tie to the reference.") @Default("0.1") @Range(above = 0) @Synonyms({"pref_beta", "rl_beta"}) double beta,
        @Doc("kto, apo_unpaired: weight of desirable responses, 1 unless given; desirable weight × count should be 1 to 4/3 times that of the undesirable.") @Range(min = 0)
                @Synonyms("kto_chosen_weight") Optional<Double> desirableWeight,
        @Doc("kto, apo_unpaired: weight of undesirable responses, 1 unless given.") @Range(min = 0) @Synonyms("kto_rejected_weight") Optional<Double> undesirableWeight,
        @Doc("Where reference log-probabilities come from: cached unless given.") @Synonyms({"ref_model", "reference_model", "precompute_ref_log_probs", "sync_ref_model"})
                Optional<ReferenceSpec> reference,
        @Inline(defaults = {"learning_rate=1e-6", "batch_size=32"}) Training training)
        implements LossStage, Checked {

    /** Losses of the kto stage. */
    public enum Variety implements Variant {
        /** Against the policy's divergence from the reference, estimated on mismatched responses. */
        KTO("desirable_weight", 1.0, "undesirable_weight", 1.0),
        /** The same against 0. */
        @Synonyms("apo_zero_unpaired")
        APO_UNPAIRED("desirable_weight", 1.0, "undesirable_weight", 1.0),
        /** A binary classifier with a running shift. */
        BCO;

        private final Map<String, Object> settings;

        Variety(Object... settings) {
            this.settings = Variant.settings(settings);
        }

        @Override
        public Map<String, Object> settings() {
            return settings;
        }
    }

    public Kto {
        Variants v = new Variants(loss);
        desirableWeight = v.fill("desirable_weight", desirableWeight);
        undesirableWeight = v.fill("undesirable_weight", undesirableWeight);
        reference = reference.or(() -> Optional.of(new ReferenceSpec.Cached()));
    }

    @Override
    public void check(Findings f) {
        Map<String, Optional<?>> given = new LinkedHashMap<>();
        given.put("desirable_weight", desirableWeight);
        given.put("undesirable_weight", undesirableWeight);
        new Variants(loss).check(f, Variety.values(), given);
    }

    @Override
    public Loss objective() {
        return switch (loss) {
            case KTO -> new KtoLoss(beta, desirableWeight.orElseThrow(), undesirableWeight.orElseThrow());
            case APO_UNPAIRED -> new ApoUnpairedLoss(beta, desirableWeight.orElseThrow(), undesirableWeight.orElseThrow());
            case BCO -> new BcoLoss(beta);
        };
    }

    @Override
    public DataKind data() {
        return DataKind.LABELS;
    }
}
