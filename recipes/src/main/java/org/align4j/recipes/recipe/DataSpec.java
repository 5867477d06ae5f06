package org.align4j.recipes.recipe;

import java.util.Optional;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Synonyms;

/** The data of each kind of stage. */
@Doc("The data of each kind of stage.")
public record DataSpec(
        @Doc("Texts for pretrain stages.") @Synonyms({"text", "corpus"}) Optional<DataSource> pretrain,
        @Doc("Demonstrations for sft stages.") @Synonyms({"demonstrations", "train", "instructions"}) Optional<DataSource> sft,
        @Doc("Compared responses for dpo stages.") @Synonyms({"dpo", "preference", "pairs", "comparisons"}) Optional<DataSource> preferences) {}
