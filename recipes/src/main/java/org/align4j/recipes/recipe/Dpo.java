package org.align4j.recipes.recipe;

import java.util.Optional;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** Direct preference optimization (Rafailov et al. 2023): −log σ(β·h), h the difference of the two responses' log-ratios to the reference. */
@Doc("Direct preference optimization on compared responses.")
public record Dpo(
        @Doc("Strength of the tie to the reference.") @Default("0.1") @Range(above = 0) @Synonyms({"pref_beta", "rl_beta"}) double beta,
        @Doc("Assumed probability that a label is wrong (conservative DPO).") @Default("0.0") @Range(min = 0, below = 0.5) double labelSmoothing,
        @Doc("Take the reference to be uniform, so that none is loaded.") @Default("false") boolean referenceFree,
        @Doc("Where reference log-probabilities come from: cached unless given, null with reference_free.")
                @Synonyms({"ref_model", "reference_model", "precompute_ref_log_probs"}) Optional<ReferenceMode> reference,
        @Inline(defaults = {"learning_rate=1e-6"}) Training training)
        implements Stage, Checked {

    public Dpo {
        reference = reference.isEmpty() && !referenceFree ? Optional.of(ReferenceMode.CACHED) : reference;
    }

    @Override
    public void check(Findings f) {
        if (referenceFree && reference.isPresent()) {
            f.problem("reference", "reference has no effect with reference_free", "remove one of them");
        }
    }

    @Override
    public String kind() {
        return "dpo";
    }

    @Override
    public Optional<DataSource> source(DataSpec data) {
        return data.preferences();
    }

    @Override
    public String sourcePath() {
        return "data.preferences";
    }
}
