package org.align4j.recipes.recipe;

import java.util.List;
import java.util.Optional;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Synonyms;

/** The data of each kind of stage. */
@Doc("The data of each kind of stage.")
public record DataSpec(
        @Doc("Texts for pretrain stages.") @Synonyms({"text", "corpus"}) Optional<DataSource> pretrain,
        @Doc("Demonstrations for sft and distill stages.") @Synonyms({"demonstrations", "train", "instructions"}) Optional<DataSource> sft,
        @Doc("Compared responses, pairs or lists, for dpo, slic, orpo, cpo, simpo, alphapo and lipo stages.") @Synonyms({"dpo", "preference", "pairs", "comparisons", "lists"})
                Optional<DataSource> preferences,
        @Doc("Responses labelled desirable or not, for kto and unlikelihood stages; made of preferences where it is not given.") @Synonyms({"kto", "labels", "labelled"})
                Optional<DataSource> unpaired,
        @Doc("Prompts for sample, ppo, grpo, rloo and reinforce stages; those of sft, or else of preferences, where it is not given. A row's response, where it has one, is its reference answer.")
                @Synonyms({"prompt", "rollouts", "rl", "questions"}) Optional<DataSource> prompts,
        @Doc("Files whose prompts must not be trained on, beside those of evaluate and what sources hold out: test sets that are used elsewhere.") Optional<List<DataSource>> unseen) {

    /** Where prompts to sample from come from. */
    public Optional<DataSource> toPrompt() {
        return prompts.or(() -> sft).or(() -> preferences);
    }
}
