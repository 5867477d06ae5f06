package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.MustExist;
import org.align4j.recipes.yaml.OneOrMany;
import org.align4j.recipes.yaml.OneWord;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.rewardmodels.verifier.LengthVerifier;
import org.align4j.rewardmodels.verifier.VerifierSpec;

/** What scores the answers of a policy. Written as a word ({@code final_answer}) or with settings ({@code judge: {path: models/judge}}). */
@OneWord
public sealed interface RewardSpec {
    /** What it is, in a few words. */
    String words();

    /** This and all it is made of. */
    default Stream<RewardSpec> parts() {
        return Stream.of(this);
    }

    /** A reward model. */
    @Doc("A reward model: a directory that a reward stage left, or a Hugging Face sequence classification model.")
    record Model(
            @Doc("Its directory.") @MustExist(directory = true) @Synonyms({"model", "model_name_or_path", "dir"}) Path path,
            @Doc("Whether it reads the policy's tokens as they were sampled, prompts as the policy's chat template writes them, rather than text through its own; needs the same tokenizer.")
                    @Default("false") boolean sameTokens)
            implements RewardSpec {
        @Override
        public String words() {
            return "reward model " + path.getFileName();
        }
    }

    /** The reward model that an earlier stage of the recipe left. */
    @Doc("The reward model that an earlier reward stage of the recipe left.")
    record Stage(@Doc("Which, such as 2-reward; the last one unless given.") Optional<String> name) implements RewardSpec {
        @Override
        public String words() {
            return "the reward model of " + name.orElse("the reward stage before");
        }
    }

    /** Several rewards as one. */
    @Doc("Several rewards as one.")
    record Ensemble(
            @Doc("The rewards.") @Range(min = 1, max = 100) @Synonyms({"rewards", "models", "members"}) List<RewardSpec> of,
            @Doc("What is made of their scores: mean, min, mean_less_std (mean − lambda × standard deviation) or sum (with weights).") @Default("mean") Combine combine,
            @Doc("sum: weight of each; 1 unless given.") Optional<List<Double>> weights,
            @Doc("mean_less_std: how much disagreement costs; 1 unless given.") @Range(min = 0) Optional<Double> lambda)
            implements RewardSpec, Checked {

        /** What becomes of several scores. */
        public enum Combine { MEAN, MIN, MEAN_LESS_STD, SUM }

        @Override
        public void check(Findings f) {
            if (weights.isPresent() && combine != Combine.SUM) {
                f.problem("weights", "weights has no effect without combine: sum", "remove it");
            } else if (weights.isPresent() && weights.get().size() != of.size()) {
                f.problem("weights", "one weight per reward is needed: " + of.size() + " rewards, found " + weights.get().size() + " weights", "");
            }
            if (lambda.isPresent() && combine != Combine.MEAN_LESS_STD) {
                f.problem("lambda", "lambda has no effect without combine: mean_less_std", "remove it");
            }
        }

        @Override
        public Stream<RewardSpec> parts() {
            return Stream.concat(Stream.of(this), of.stream().flatMap(RewardSpec::parts));
        }

        @Override
        public String words() {
            return combine.name().toLowerCase(java.util.Locale.ROOT) + " of " + of.size() + " rewards";
        }
    }

    /** A reward that costs by length. */
    @Doc("A reward that costs by length: r − alpha × max(0, length − free).")
    record LengthPenalised(
            @Doc("The reward.") RewardSpec of,
            @Doc("Reward lost for each unit.") @Range(min = 0) double alpha,
            @Doc("What is counted.") @Default("words") LengthVerifier.Unit unit,
            @Doc("Units that cost nothing.") @Default("0") @Range(min = 0) int free)
            implements RewardSpec {
        @Override
        public Stream<RewardSpec> parts() {
            return Stream.concat(Stream.of(this), of.parts());
        }

        @Override
        public String words() {
            return of.words() + " less a length penalty";
        }
    }

    /** A verifier: a rule that says whether an answer is right. */
    sealed interface Rule extends RewardSpec permits ExactMatch, FinalAnswer, Regex, JsonSchema, Length, Ifeval {
        /** Its kind and settings. */
        VerifierSpec verifier();

        /** What verdicts are worth. */
        Worth worth();
    }

    /** What the verdicts of a rule are worth. The defaults are those of Tülu 3 (Lambert et al. 2024). */
    record Worth(
            @Doc("Score of a right answer.") @Default("10") double right,
            @Doc("Score of a wrong answer.") @Default("0") double wrong,
            @Doc("Added where the form is not the one asked for; 0 or less.") @Default("0") @Range(max = 0) double badFormat,
            @Doc("Score of an answer cut at the most tokens allowed, whatever it says. Null to judge it like any other.") @Default("-10") Optional<Double> notEnded)
            implements Checked {

        @Override
        public void check(Findings f) {
            if (!(right > wrong)) {
                f.problem("right", "right must be more than wrong (" + wrong + "), found " + right, "");
            }
        }

        VerifierSpec of(String kind, Map<String, Object> settings) {
            Map<String, Object> all = new LinkedHashMap<>(settings);
            all.put("right", right);
            all.put("wrong", wrong);
            all.put("bad_format", badFormat);
            all.put("not_ended", notEnded.isPresent() ? notEnded.get() : "none");
            return new VerifierSpec(kind, all);
        }
    }

    /** Right when the answer is the reference answer. */
    @Doc("Right when the answer is the reference answer of the prompt.")
    record ExactMatch(@Doc("Whether upper and lower case are the same.") @Default("false") boolean ignoreCase, @Inline Worth worth) implements Rule {
        @Override
        public String words() {
            return "exact match";
        }

        @Override
        public VerifierSpec verifier() {
            return worth.of("exact_match", Map.of("ignore_case", ignoreCase));
        }
    }

    /** Right when the number after the last marker is that of the reference answer. */
    @Doc("Right when the number after the last marker is that of the reference answer.")
    record FinalAnswer(@Doc("What announces the answer; the marks of GSM8K and of plain prose unless given.") @OneOrMany @Range(min = 1) Optional<List<String>> markers, @Inline Worth worth)
            implements Rule {
        @Override
        public String words() {
            return "final answer";
        }

        @Override
        public VerifierSpec verifier() {
            return worth.of("final_answer", markers.isPresent() ? Map.of("markers", markers.get()) : Map.of());
        }
    }

    /** Right when an expression is found; its group {@code answer}, where it has one, must be the reference answer. */
    @Doc("Right when a regular expression is found; its group answer, where it has one, must be the reference answer.")
    record Regex(@Doc("The expression, as java.util.regex.Pattern has it.") String pattern, @Doc("Whether it must take the whole answer.") @Default("false") boolean whole, @Inline Worth worth)
            implements Rule {
        @Override
        public String words() {
            return "expression " + pattern;
        }

        @Override
        public VerifierSpec verifier() {
            return worth.of("regex", Map.of("pattern", pattern, "whole", whole));
        }
    }

    /** Right when the answer is JSON that a schema accepts. */
    @Doc("Right when the answer is JSON that a schema accepts.")
    record JsonSchema(@Doc("File with the schema.") @MustExist Path schemaFile, @Doc("Whether the answer may be one Markdown code block.") @Default("false") boolean fenced, @Inline Worth worth)
            implements Rule {
        @Override
        public String words() {
            return "JSON schema " + schemaFile.getFileName();
        }

        @Override
        public VerifierSpec verifier() {
            return worth.of("json_schema", Map.of("schema_file", schemaFile.toString(), "fenced", fenced));
        }
    }

    /** Right when the answer has a length in a range. */
    @Doc("Right when the answer has a length in a range; outside it the score falls in a straight line.")
    record Length(
            @Doc("What is counted.") @Default("words") LengthVerifier.Unit unit,
            @Doc("Shortest right length.") @Default("0") @Range(min = 0) @Synonyms("min") int least,
            @Doc("Longest right length.") @Range(min = 0) @Synonyms("max") int most,
            @Doc("Units outside the range after which the score is that of a wrong answer; 0 for at once.") @Default("0") @Range(min = 0) int slack,
            @Inline Worth worth)
            implements Rule, Checked {
        @Override
        public void check(Findings f) {
            if (most < least) {
                f.problem("most", "most must be at least least (" + least + "), found " + most, "");
            }
        }

        @Override
        public String words() {
            return least + " to " + most + " " + unit.name().toLowerCase(java.util.Locale.ROOT);
        }

        @Override
        public VerifierSpec verifier() {
            return worth.of("length", Map.of("unit", unit.name().toLowerCase(java.util.Locale.ROOT), "least", least, "most", most, "slack", slack));
        }
    }

    /** Right as far as the prompt's verifiable instructions are followed. */
    @Doc("Right as far as IFEval's verifiable instructions are followed; the reference answer is a JSON object with instruction_id_list and kwargs.")
    record Ifeval(
            @Doc("Whether what chat models add around an answer is forgiven.") @Default("false") boolean loose,
            @Doc("Whether an answer is right where it follows all instructions and wrong else, in place of the share it follows.") @Default("false") boolean all,
            @Inline Worth worth)
            implements Rule {
        @Override
        public String words() {
            return "verifiable instructions";
        }

        @Override
        public VerifierSpec verifier() {
            return worth.of("ifeval", Map.of("loose", loose, "all", all));
        }
    }

    /** A language model that says of one answer how probably it is good. */
    @Doc("A language model that is asked about one answer: the score is P(Good) against Bad.")
    record Judge(
            @Doc("Model directory.") @MustExist(directory = true) @Synonyms({"model", "model_name_or_path"}) Path path,
            @Doc("File with what it is asked, with the slots {prompt} and {response}; a built-in text unless given.") @MustExist Optional<Path> template,
            @Doc("Whether it is asked through its chat template.") @Default("false") boolean chat)
            implements RewardSpec {
        @Override
        public String words() {
            return "judge " + path.getFileName();
        }
    }

    /** A language model that compares two answers; also decides pairs and lists. */
    @Doc("A language model that compares two answers, asked in both orders; it also decides which of two answers becomes the chosen one.")
    record Ranker(
            @Doc("Model directory.") @MustExist(directory = true) @Synonyms({"model", "model_name_or_path"}) Path path,
            @Doc("File with what it is asked, with the slots {prompt}, {first} and {second}; a built-in text unless given.") @MustExist Optional<Path> template,
            @Doc("Whether it is asked through its chat template.") @Default("false") boolean chat,
            @Doc("What an answer is compared with for a score of its own: sample, one more answer of the policy (a logit; sample stages only), reference, the prompt's reference answer (a logit), or others, the other answers (a mean probability).")
                    @Default("others") @Synonyms("baseline") Against against)
            implements RewardSpec {

        /** What single answers are compared with. */
        public enum Against {
            /** One more answer of the policy to the prompt: logit ρ(x, y, y_b), as RSO has it. */
            SAMPLE,
            /** The reference answer of the prompt: logit ρ(x, y, y_ref). */
            REFERENCE,
            /** The other answers to the prompt: the mean of ρ(x, y, y′). */
            OTHERS
        }

        @Override
        public String words() {
            return "ranker " + path.getFileName();
        }
    }
}
