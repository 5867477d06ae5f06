package org.align4j.recipes.eval;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.RewardSpec;
import org.align4j.recipes.yaml.Brief;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.MustExist;
import org.align4j.recipes.yaml.OneOrMany;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** Something that is measured of a model. Written as {@code - exact_match: {…}}. */
@Doc("Something that is measured of a model.")
public sealed interface EvalSpec {

    /** What to call it where it has a name of its own. */
    Optional<String> name();

    /** Its key in a suite: {@code exact_match}. */
    default String kind() {
        return getClass().getSimpleName().replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(java.util.Locale.ROOT);
    }

    /** What it measures, in a sentence. */
    String words();

    /** The figure it is mostly about. */
    String headline();

    /** Whether there must be a model. */
    default boolean needsModels() {
        return true;
    }

    /** Whether it says nothing of a model by itself. */
    default boolean comparesModels() {
        return this instanceof WinRate || this instanceof Kl || this instanceof Judgements;
    }

    /** The model of the suite it compares with, where the spec names one. */
    default Optional<String> reference() {
        return Optional.empty();
    }

    private static String files(DataSource source) {
        return source.path().stream().map(p -> p.getFileName().toString()).collect(java.util.stream.Collectors.joining(", "));
    }

    /** How answers are sampled. */
    record Answers(
            @Doc("Longest answer in tokens.") @Default("256") @Range(min = 1, max = 1 << 20) @Synonyms({"max_tokens", "max_length", "response_length"}) int maxNewTokens,
            @Doc("Sampling temperature; 0 takes the likeliest token.") @Default("0.0") @Range(min = 0, max = 100) double temperature,
            @Doc("Answers to each prompt.") @Default("1") @Range(min = 1, max = 10000) @Synonyms({"num_samples", "n"}) int samples,
            @Doc("Texts that end an answer.") @OneOrMany Optional<List<String>> stop)
            implements Checked {
        String words() {
            return (samples == 1 ? "an answer" : samples + " answers") + " of up to " + maxNewTokens + " tokens" + (temperature == 0 ? ", the likeliest," : " at temperature " + temperature);
        }

        @Override
        public void check(Findings f) {
            if (temperature == 0 && samples > 1) {
                f.problem("samples", samples + " samples at temperature 0 would all be the same", "give a temperature, or samples: 1");
            }
        }
    }

    /** Held-out loss and perplexity. */
    @Doc("Held-out loss in nats per token, perplexity, bits per byte and per character.")
    record Loss(
            @Doc("What to call it in results; its kind unless given.") Optional<String> name,
            @Doc("Texts, or prompts with responses, of which the responses count.") @Brief("path") DataSource data)
            implements EvalSpec {
        @Override
        public String headline() {
            return "loss";
        }

        @Override
        public String words() {
            return "loss per token on " + files(data);
        }
    }

    /** Preference accuracy and margins. */
    @Doc("Whether the chosen of two answers is the likelier one: by the sum and by the mean of its tokens, and by DPO's implicit reward against a reference model.")
    record Preferences(
            @Doc("What to call it in results; its kind unless given.") Optional<String> name,
            @Doc("Pairs, or lists with scores.") @Brief("path") DataSource data,
            @Doc("Model of the suite that the implicit reward is measured against; the baseline unless given.") Optional<String> reference,
            @Doc("Factor of the implicit reward.") @Default("0.1") @Range(above = 0) double beta)
            implements EvalSpec {
        @Override
        public String headline() {
            return "accuracy";
        }

        @Override
        public String words() {
            return "which of two answers is likelier, on " + files(data);
        }
    }

    /** The share of prompts answered right. */
    @Doc("The share of answers that are right, and in the right form, as a verifier says; with several samples also pass@k.")
    record ExactMatch(
            @Doc("What to call it in results; its kind unless given.") Optional<String> name,
            @Doc("Prompts with reference answers.") @Brief("path") DataSource prompts,
            @Doc("The rule that says what is right: final_answer, exact_match, regex, json_schema, length or ifeval.") @Default("final_answer") RewardSpec verifier,
            @Doc("Field with the reference answer, where it has another name than usual.") Optional<String> answerField,
            @Inline Answers answers,
            @Doc("k of pass@k, each at most samples; 1, 2, 4 … up to samples unless given.") @OneOrMany @Range(min = 1) @Synonyms({"k", "pass_at"}) Optional<List<Integer>> passAtK)
            implements EvalSpec, Checked {

        @Override
        public String headline() {
            return "exact_match";
        }

        @Override
        public String words() {
            return answers.words() + " to the prompts of " + files(prompts) + ", right by " + verifier.words();
        }

        @Override
        public void check(Findings f) {
            if (!(verifier instanceof RewardSpec.Rule)) {
                f.problem("verifier", "an answer is right or wrong by a rule, found " + verifier.words(), "write final_answer, exact_match, regex, json_schema, length or ifeval");
            }
            passAtK.ifPresent(ks -> ks.stream().filter(k -> k > answers.samples()).findFirst().ifPresent(k ->
                    f.problem("pass_at_k", "pass@" + k + " needs at least " + k + " samples, found samples: " + answers.samples(), "raise samples, or leave " + k + " out")));
        }
    }

    /** How often a model's answers are better than the baseline's. */
    @Doc("How often a model's answers are better than the baseline's, raw and were they equally long; several models are ranked.")
    record WinRate(
            @Doc("What to call it in results; its kind unless given.") Optional<String> name,
            @Doc("Prompts to answer; with reference answers where the judge compares with them.") @Brief("path") DataSource prompts,
            @Doc("What judges: model, judge or ranker (a language model; a ranker is asked in both orders), a rule such as final_answer, or several as an ensemble.")
                    @Synonyms({"reward", "verifier"}) RewardSpec judge,
            @Doc("File with the baseline's answers, prompts with responses, in place of the suite's baseline.") @MustExist @Synonyms({"baseline_file", "baseline_outputs"}) Optional<Path> against,
            @Doc("Field with the reference answer, where it has another name than usual.") Optional<String> answerField,
            @Inline Answers answers,
            @Inline Lengths lengths)
            implements EvalSpec, Checked {
        @Override
        public String headline() {
            return "win_rate";
        }

        @Override
        public String words() {
            return answers.words() + " to the prompts of " + files(prompts) + ", compared with " + against.map(p -> p.getFileName().toString()).orElse("the baseline's")
                    + " by " + judge.words();
        }

        @Override
        public void check(Findings f) {
            if (answers.samples() > 1) {
                f.problem("samples", "one answer to a prompt is judged, found samples: " + answers.samples(), "remove samples");
            }
            if (judge.parts().anyMatch(RewardSpec.Stage.class::isInstance)) {
                f.problem("judge", "there is no reward stage outside of a recipe", "name the directory of the reward model: judge: {model: {path: …}}");
            }
            if (judge.parts().anyMatch(p -> p instanceof RewardSpec.Ranker && p != judge || p instanceof RewardSpec.Ranker r && r.against() != RewardSpec.Ranker.Against.OTHERS)) {
                f.problem("judge", "a ranker here compares the models' answers with each other, alone", "write ranker: {path: …} without against, outside of an ensemble");
            }
        }
    }

    /** How answers' lengths are taken out of win rates. */
    record Lengths(
            @Doc("Whether a length-controlled win rate is fitted; with both files below it is AlpacaEval 2's.") @Default("true") @Synonyms("lc") boolean lengthControl,
            @Doc("CSV file with the difficulty of every instruction, a term of that fit. Null to fit difficulties from several models, or, of one, to leave the term out.") @MustExist Optional<Path> instructionDifficulty,
            @Doc("CSV file of the baseline asked to be short or verbose against itself, which join the fit with low weight. Null for none.") @MustExist Optional<Path> gamedRows)
            implements Checked {
        @Override
        public void check(Findings f) {
            if (!lengthControl && (instructionDifficulty.isPresent() || gamedRows.isPresent())) {
                f.problem(instructionDifficulty.isPresent() ? "instruction_difficulty" : "gamed_rows", "it has no effect without length_control", "remove it, or write length_control: true");
            }
        }
    }

    /** Win rates out of a file of judgements. */
    @Doc("Win rates, raw and length-controlled, and a ranking out of a file of judgements; no model is loaded.")
    record Judgements(
            @Doc("What to call it in results; its kind unless given.") Optional<String> name,
            @Doc("CSV or JSON Lines: instruction, model, baseline, preference (1 to 2) or probability (0 to 1), model_chars and baseline_chars or the outputs.") @MustExist
                    @Synonyms({"file", "data", "annotations"}) Path path,
            @Doc("Whether several judgements of the same answers are averaged first, such as those in both orders.") @Default("true") boolean average,
            @Inline Lengths lengths)
            implements EvalSpec {
        @Override
        public String headline() {
            return "win_rate";
        }

        @Override
        public String words() {
            return "win rates by the judgements of " + path.getFileName();
        }

        @Override
        public boolean needsModels() {
            return false;
        }
    }

    /** Whether a model finds those answers likelier that people voted for. */
    @Doc("HumanRankEval: how a model's log-likelihood per character goes with people's votes, as a correlation over the answers to a question.")
    record HumanRank(
            @Doc("What to call it in results; its kind unless given.") Optional<String> name,
            @Doc("Rows of topic, question and answers with text and votes; or lists with scores, or message trees with ranks.") @Brief("path") DataSource data)
            implements EvalSpec {
        @Override
        public String headline() {
            return "human_rank";
        }

        @Override
        public String words() {
            return "correlation of likelihoods with votes on " + files(data);
        }
    }

    /** Questions with choices. */
    @Doc("Questions with choices, of which the likeliest is taken: by the sum over tokens, by the mean, and by how much the question raises it (PMI).")
    record MultipleChoice(
            @Doc("What to call it in results; its kind unless given.") Optional<String> name,
            @Doc("Rows of question, choices (texts) and answer: its index from 0, its letter, or its text.") @Brief("path") DataSource data)
            implements EvalSpec {
        @Override
        public String headline() {
            return "accuracy";
        }

        @Override
        public String words() {
            return "the likeliest choice on " + files(data);
        }
    }

    /** How far a model has gone from a reference. */
    @Doc("Kullback-Leibler divergence of a model from a reference, in nats per answer, by answers the model samples itself at temperature 1.")
    record Kl(
            @Doc("What to call it in results; its kind unless given.") Optional<String> name,
            @Doc("Prompts to answer.") @Brief("path") DataSource prompts,
            @Doc("Model of the suite that divergence is measured from; the baseline unless given.") Optional<String> reference,
            @Inline(defaults = "temperature=1.0") Answers answers)
            implements EvalSpec, Checked {
        @Override
        public String headline() {
            return "kl_k1";
        }

        @Override
        public String words() {
            return "divergence by " + answers.words() + " to the prompts of " + files(prompts);
        }

        @Override
        public void check(Findings f) {
            if (answers.temperature() != 1) {
                f.problem("temperature", "the divergence is of what a model says at temperature 1, found " + answers.temperature(), "remove temperature");
            }
        }
    }

    /** Instructions that a program can verify. */
    @Doc("IFEval: whether answers follow instructions that a program can verify, strictly and with what chat models add forgiven.")
    record Ifeval(
            @Doc("What to call it in results; its kind unless given.") Optional<String> name,
            @Doc("Rows of prompt, instruction_id_list and kwargs, as IFEval's input_data.jsonl has them.") @Brief("path") DataSource prompts,
            @Doc("Whether prompts with an instruction that cannot be verified here, language:response_language, are left out; they are an error otherwise.") @Default("true")
                    boolean leaveOut,
            @Inline(defaults = "max_new_tokens=1024") Answers answers)
            implements EvalSpec {
        @Override
        public String headline() {
            return "prompt_strict";
        }

        @Override
        public String words() {
            return answers.words() + " to the prompts of " + files(prompts) + ", their instructions verified";
        }
    }
}
