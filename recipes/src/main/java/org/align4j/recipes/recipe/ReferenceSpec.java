package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.MustExist;
import org.align4j.recipes.yaml.OneWord;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** Where a stage's reference log-probabilities come from. Written as a word ({@code cached}) or with settings ({@code sync: {alpha: 0.6}}). */
@OneWord
public sealed interface ReferenceSpec {
    /** What it is, to follow "against". */
    String words();

    /** Computed once before training and kept on disk by content digest: one model in memory. */
    @Doc("Computed once before training and kept on disk: one model in memory.")
    record Cached() implements ReferenceSpec {
        @Override
        public String words() {
            return "the cached start";
        }
    }

    /** A copy of the model the stage starts from, held in memory. */
    @Doc("A copy of the model the stage starts from, held in memory.")
    record Frozen() implements ReferenceSpec {
        @Override
        public String words() {
            return "a frozen copy";
        }
    }

    /** The model without the adapter that is trained, so that nothing is held twice. */
    @Doc("The model without the adapter that is trained; needs adapter.")
    record AdapterOff() implements ReferenceSpec {
        @Override
        public String words() {
            return "the model without its adapter";
        }
    }

    /** A copy that follows the policy: every so many updates reference ← α·policy + (1−α)·reference (TR-DPO, Gorbatovski et al. 2024). */
    @Doc("A copy that follows the policy: every so many updates it becomes alpha × policy + (1 − alpha) × reference.")
    record Sync(
            @Doc("Part of the policy in the new reference; 1 replaces it.") @Default("0.6") @Range(above = 0, max = 1) @Synonyms("ref_model_mixup_alpha") double alpha,
            @Doc("Updates between two mixings.") @Default("512") @Range(min = 1) @Synonyms({"ref_model_sync_steps", "steps"}) int every)
            implements ReferenceSpec {
        @Override
        public String words() {
            return "a copy synced every " + every + " updates";
        }
    }

    /** Weights averaged over models of the same shape, held in memory; one model alone is a reference other than the starting model (SALSA, Chegini et al. 2024). */
    @Doc("Weights averaged over models of the same shape, held in memory.")
    record Soup(
            @Doc("Model directories.") @MustExist(directory = true) @Range(min = 1, max = 100) @Synonyms({"paths", "dirs"}) List<Path> models,
            @Doc("Part of each model; they add up to 1. Null for equal parts.") @Range(min = 0, max = 1) Optional<List<Double>> weights)
            implements ReferenceSpec, Checked {

        @Override
        public String words() {
            return "the mean of " + models.size() + (models.size() == 1 ? " model" : " models");
        }

        @Override
        public void check(Findings f) {
            if (weights.isPresent() && weights.get().size() != models.size()) {
                f.problem("weights", "a soup needs one weight per model: " + models.size() + " models, found " + weights.get().size() + " weights", "");
            } else if (weights.isPresent() && Math.abs(weights.get().stream().mapToDouble(w -> w).sum() - 1) > 1e-6) {
                f.problem("weights", "the weights of a soup must add up to 1, found " + weights.get(), "");
            }
        }
    }
}
