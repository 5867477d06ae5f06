package org.align4j.recipes.recipe;

import java.util.Optional;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Inline;

/** Supervised finetuning: next-token prediction on the tokens of demonstrated responses. */
@Doc("Supervised finetuning on demonstrated responses.")
public record Sft(@Inline(defaults = {"learning_rate=2e-5"}) Training training) implements Stage {
    @Override
    public String kind() {
        return "sft";
    }

    @Override
    public Optional<DataSource> source(DataSpec data) {
        return data.sft();
    }

    @Override
    public String sourcePath() {
        return "data.sft";
    }
}
