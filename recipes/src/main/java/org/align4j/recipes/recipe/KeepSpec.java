package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.Optional;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.MustExist;
import org.align4j.recipes.yaml.OneWord;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.rewardmodels.sampling.Normalization;
import org.align4j.rewardmodels.sampling.Ranking;

/** What a sample stage makes of scored answers. Written as a word ({@code best_of_n}) or with settings ({@code rso: {beta: 0.5}}). */
@OneWord
public sealed interface KeepSpec {
    /** What the rows are about. */
    DataKind kind();

    /** The best answers as demonstrations: best-of-n, RAFT, expert iteration. */
    @Doc("The best answers to every prompt, as demonstrations: RAFT, expert iteration.")
    record BestOfN(@Doc("How many of every prompt.") @Default("1") @Range(min = 1) @Synonyms("keep") int count) implements KeepSpec {
        @Override
        public DataKind kind() {
            return DataKind.DEMONSTRATIONS;
        }
    }

    /** Answers above a threshold as demonstrations: ReST. */
    @Doc("All answers whose normalised reward is above a threshold, as demonstrations: ReST.")
    record Threshold(
            @Doc("The threshold.") @Default("0.7") double above,
            @Doc("How rewards are normalised before.") @Default("min_max") Normalization normalization,
            @Doc("Among which answers: all, or those to one prompt.") @Default("all") Within within)
            implements KeepSpec {

        /** Among which answers rewards are normalised. */
        public enum Within {
            /** All answers to all prompts. */
            ALL,
            /** The answers to one prompt. */
            PROMPT
        }

        @Override
        public DataKind kind() {
            return DataKind.DEMONSTRATIONS;
        }
    }

    /** Pairs of what statistical rejection sampling accepts. */
    @Doc("Pairs of answers that statistical rejection sampling accepts, as from the optimal policy: RSO.")
    record Rso(
            @Doc("How many answers are accepted; fewer than samples.") @Default("8") @Range(min = 2) @Synonyms({"n", "num_samples"}) int accept,
            @Doc("Accepted with probability exp((r − r_max) / beta): 0 takes the best, a large one any.") @Default("0.5") @Range(min = 0) double beta,
            @Doc("Which of the accepted answers are compared.") @Default("first_round") Ranking ranking)
            implements KeepSpec {
        @Override
        public DataKind kind() {
            return DataKind.COMPARISONS;
        }
    }

    /** Pairs of answers as they were sampled. */
    @Doc("Pairs of answers as they were sampled: sft-sample-rank, online DPO.")
    record Pairs(@Doc("Which answers are compared.") @Default("first_round") Ranking ranking) implements KeepSpec {
        @Override
        public DataKind kind() {
            return DataKind.COMPARISONS;
        }
    }

    /** All answers as a list with labels. */
    @Doc("All answers to a prompt as a list, labelled by how probably each is better than the others: LiPO.")
    record Lists() implements KeepSpec {
        @Override
        public DataKind kind() {
            return DataKind.COMPARISONS;
        }
    }

    /** Right solutions against wrong prefixes. */
    @Doc("Pairs of a right solution and a wrong one cut behind the step where it goes wrong.")
    record Steps(
            @Doc("Completions of every prefix that are judged.") @Default("8") @Range(min = 1) @Synonyms("completions") int rollouts,
            @Doc("Reward from which on a solution is right; what a rule gives for right unless given.") Optional<Double> rightAt,
            @Doc("Regular expression of what ends a step; line ends unless given.") @Default("\\n+") @Synonyms({"separator", "boundary"}) String stepEnd,
            @Doc("Most wrong solutions of a prompt that are looked into.") @Default("1") @Range(min = 1) int perPrompt)
            implements KeepSpec, Checked {
        @Override
        public DataKind kind() {
            return DataKind.COMPARISONS;
        }

        @Override
        public void check(Findings f) {
            try {
                if (java.util.regex.Pattern.compile(stepEnd).matcher("").matches()) {
                    f.problem("step_end", "step_end must not match nothing, found \"" + stepEnd + "\"", "");
                }
            } catch (java.util.regex.PatternSyntaxException e) {
                f.problem("step_end", "step_end is no regular expression: " + e.getDescription(), "");
            }
        }
    }

    /** The likeliest candidate. */
    @Doc("The candidate that the model, or another one, finds likeliest, as a demonstration: GRAPE.")
    record Grape(
            @Doc("Whether log-probabilities are divided by the number of tokens; sums favour short candidates.") @Default("false") @Synonyms({"length_normalised", "normalized"}) boolean normalised,
            @Doc("Directory of the model that is asked; the one the stage receives unless given.") @MustExist(directory = true) @Synonyms({"base", "base_model"}) Optional<Path> model)
            implements KeepSpec {
        @Override
        public DataKind kind() {
            return DataKind.DEMONSTRATIONS;
        }
    }

    /** The model's own words where they are right. */
    @Doc("The model's own answer where it is judged right, else its paraphrase of the reference answer, else that answer itself: S3FT.")
    record S3ft(
            @Doc("Reward from which on an answer is right; what a rule gives for right unless given.") Optional<Double> rightAt,
            @Doc("File with what asks for a paraphrase, with the slots {prompt}, {reference} and {answer}; a built-in text unless given.") @MustExist Optional<Path> template)
            implements KeepSpec {
        @Override
        public DataKind kind() {
            return DataKind.DEMONSTRATIONS;
        }
    }
}
