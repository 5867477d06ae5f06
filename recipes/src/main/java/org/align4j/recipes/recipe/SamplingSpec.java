package org.align4j.recipes.recipe;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.OneOrMany;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** How answers are sampled. The defaults are those of RSO and LiPO (Liu et al. 2023, 2024). */
public record SamplingSpec(
        @Doc("Longest answer in tokens.") @Default("128") @Range(min = 1, max = 1 << 20) @Synonyms({"max_tokens", "max_length", "response_length", "max_completion_length"}) int maxNewTokens,
        @Doc("Sampling temperature; 0 takes the likeliest token.") @Default("0.7") @Range(min = 0, max = 100) double temperature,
        @Doc("Sample among so many of the likeliest tokens; 0 for all.") @Default("40") @Range(min = 0) int topK,
        @Doc("Sample among the likeliest tokens that hold so much probability.") @Default("1.0") @Range(above = 0, max = 1) double topP,
        @Doc("Sample among tokens at least so many times as probable as the likeliest.") @Default("0.0") @Range(min = 0, below = 1) double minP,
        @Doc("Logits of tokens that came before are divided by it where positive, multiplied where negative; 1 for none.") @Default("1.0") @Range(above = 0) double repetitionPenalty,
        @Doc("Texts that end an answer; not part of it.") @OneOrMany @Range(min = 1) Optional<List<String>> stop) {

    /** As the generator takes it. */
    public SamplingOptions options() {
        return new SamplingOptions(maxNewTokens, temperature, topK, topP, minP, Set.of(), true, repetitionPenalty);
    }
}
