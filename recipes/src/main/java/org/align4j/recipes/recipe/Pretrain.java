package org.align4j.recipes.recipe;

import java.util.Optional;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Inline;

/** Next-token prediction on every token of plain text. */
@Doc("Next-token prediction on every token of plain text.")
public record Pretrain(@Inline(defaults = {"learning_rate=3e-4"}) Training training) implements Stage {
    @Override
    public String kind() {
        return "pretrain";
    }

    @Override
    public Optional<DataSource> source(DataSpec data) {
        return data.pretrain();
    }

    @Override
    public String sourcePath() {
        return "data.pretrain";
    }
}
