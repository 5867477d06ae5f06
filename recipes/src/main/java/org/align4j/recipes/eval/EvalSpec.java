package org.align4j.recipes.eval;

import java.util.Optional;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.RewardSpec;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** Something that is measured of a model. Written as {@code - exact_match: {…}}. */
@Doc("Something that is measured of a model.")
public sealed interface EvalSpec {

    /** The share of prompts answered right. */
    @Doc("The share of prompts that are answered right, and of answers in the right form, as a verifier says.")
    record ExactMatch(
            @Doc("Prompts with reference answers.") DataSource prompts,
            @Doc("The rule that says what is right: final_answer, exact_match, regex, json_schema or length.") @Default("final_answer") RewardSpec verifier,
            @Doc("Field with the reference answer, where it has another name than usual.") Optional<String> answerField,
            @Doc("Longest answer in tokens.") @Default("256") @Range(min = 1, max = 1 << 20) @Synonyms({"max_tokens", "max_length", "response_length"}) int maxNewTokens,
            @Doc("Sampling temperature; 0 takes the likeliest token.") @Default("0.0") @Range(min = 0, max = 100) double temperature,
            @Doc("Answers to each prompt.") @Default("1") @Range(min = 1, max = 10000) @Synonyms({"num_samples", "n"}) int samples)
            implements EvalSpec, Checked {

        @Override
        public void check(Findings f) {
            if (!(verifier instanceof RewardSpec.Rule)) {
                f.problem("verifier", "an answer is right or wrong by a rule, found " + verifier.words(), "write final_answer, exact_match, regex, json_schema or length");
            }
            if (temperature == 0 && samples > 1) {
                f.problem("samples", samples + " samples at temperature 0 would all be the same", "give a temperature, or samples: 1");
            }
        }
    }
}
