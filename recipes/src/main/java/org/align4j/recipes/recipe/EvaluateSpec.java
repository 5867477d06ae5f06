package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.Optional;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.MustExist;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** Prompts that are answered before and after every stage, for the report. */
@Doc("Prompts that are answered before and after every stage, for the report.")
public record EvaluateSpec(
        @Doc("File of prompts, in any format the data may have.") @MustExist Path prompts,
        @Doc("Longest answer in tokens.") @Default("128") @Range(min = 1, max = 1 << 20) @Synonyms({"max_tokens", "max_length", "response_length"}) int maxNewTokens,
        @Doc("Sampling temperature; 0 takes the likeliest token.") @Default("0.0") @Range(min = 0, max = 100) double temperature,
        @Doc("Answers to each prompt.") @Default("1") @Range(min = 1, max = 10000) @Synonyms({"num_samples", "n", "num_generations"}) int samples,
        @Doc("Updates between evaluations within a stage. Null for before and after only.") @Range(min = 1) @Synonyms({"eval_steps", "eval_every"}) Optional<Integer> every)
        implements Checked {

    @Override
    public void check(Findings f) {
        if (temperature == 0 && samples > 1) {
            f.problem("samples", samples + " samples at temperature 0 would all be the same", "give a temperature, or samples: 1");
        }
    }
}
