package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.MustExist;
import org.align4j.recipes.yaml.OneOrMany;
import org.align4j.recipes.yaml.OneWord;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.recipes.yaml.Terse;
import org.align4j.rewardmodels.selection.Choice;
import org.align4j.rewardmodels.selection.Diversity.Quota;
import org.align4j.rewardmodels.selection.Part;
import org.align4j.rewardmodels.selection.PerplexityScorer;
import org.align4j.rewardmodels.selection.RewardScorer;
import org.align4j.rewardmodels.selection.Shingles;
import org.align4j.rewardmodels.verifier.LengthVerifier;

/** One step of a select stage. Written as {@code length: {max_response: 512}}. */
@OneWord
public sealed interface SelectStep {
    /** The rewards it asks. */
    default Stream<RewardSpec> rewards() {
        return Stream.empty();
    }

    /** Where embeddings come from. */
    enum Embedding {
        /** The mean closing hidden state of the model as it stands. */
        MODEL,
        /** Words, weighted and hashed, without a model. */
        WORDS
    }

    /** Neither too short nor too long. */
    @Doc("Keeps rows whose prompt and whose every response are neither too short nor too long.")
    @Terse
    record Length(
            @Doc("Shortest prompt.") @Range(min = 0) Optional<Integer> minPrompt,
            @Doc("Longest prompt.") @Range(min = 0) Optional<Integer> maxPrompt,
            @Doc("Shortest response.") @Range(min = 0) @Synonyms("min") Optional<Integer> minResponse,
            @Doc("Longest response.") @Range(min = 0) @Synonyms("max") Optional<Integer> maxResponse,
            @Doc("What is counted; tokens include the end token of a response and all that a template writes.") @Default("tokens") LengthVerifier.Unit unit)
            implements SelectStep, Checked {
        @Override
        public void check(Findings f) {
            if (minPrompt.isEmpty() && maxPrompt.isEmpty() && minResponse.isEmpty() && maxResponse.isEmpty()) {
                f.problem("", "length needs a bound", "such as max_response: 512");
            }
            ordered(f, "max_prompt", minPrompt, maxPrompt);
            ordered(f, "max_response", minResponse, maxResponse);
        }
    }

    /** What a reward finds good. */
    @Doc("Keeps what a reward finds good.")
    @Terse
    record Quality(
            @Doc("What scores the responses: a reward model, a rule, a judge.") @Synonyms({"reward_model", "scorer", "verifier"}) RewardSpec reward,
            @Doc("How many of the best: a fraction below 1, or a count.") @Synonyms({"top", "top_k", "fraction"}) Optional<Amount> keep,
            @Doc("Keeps all whose score is at least this.") @Synonyms("min_score") Optional<Double> above,
            @Doc("Of the response (the best one by the row's own account), or of its margin over the other ones.") @Default("response") RewardScorer.Of of)
            implements SelectStep, Checked {
        @Override
        public Stream<RewardSpec> rewards() {
            return Stream.of(reward);
        }

        @Override
        public void check(Findings f) {
            if (keep.isPresent() == above.isPresent()) {
                f.problem(keep.isPresent() ? "above" : "", "quality keeps either a number of the best or all from a score on", "give one of keep and above");
            }
        }
    }

    /** One of several that are nearly the same. */
    @Doc("Keeps one of several rows that are nearly the same, by the Jaccard similarity of their shingles.")
    @Terse
    record NearDuplicates(
            @Doc("Similarity from which on two rows are nearly the same.") @Default("0.8") @Range(above = 0, max = 1) @Synonyms({"similarity", "jaccard"}) double threshold,
            @Doc("What shingles are made of.") @Default("words") @Synonyms("unit") Shingles.Kind shingles,
            @Doc("How many in a row are a shingle.") @Default("3") @Range(min = 1, max = 1000) @Synonyms({"ngram", "n", "ngram_size"}) int size,
            @Doc("What is compared.") @Default("both") Part part,
            @Doc("Minima of a signature.") @Default("128") @Range(min = 1, max = 4096) @Synonyms({"num_perm", "permutations"}) int minima,
            @Doc("Says which of several stays: the one it finds best. Null for the first.") Optional<RewardSpec> best)
            implements SelectStep {
        @Override
        public Stream<RewardSpec> rewards() {
            return best.stream();
        }
    }

    /** Nothing a model is to be tested on. */
    @Doc("Drops rows that hold what a model is to be tested on, by runs of words they share with test files.")
    @Terse
    record Decontaminate(
            @Doc("Test files, in any format data may have; their prompts are compared.") @OneOrMany @MustExist @Range(min = 1) @Synonyms({"test", "files", "eval"}) Optional<List<Path>> against,
            @Doc("Whether rows held out of the same data are tests too.") @Default("false") boolean heldOut,
            @Doc("Words in a row that must be the same.") @Default("8") @Range(min = 1, max = 1000) @Synonyms({"n", "ngram_size"}) int ngram,
            @Doc("Part of a test prompt's words that may not be covered by such runs.") @Default("0.5") @Range(above = 0, max = 1) @Synonyms({"overlap", "threshold"}) double share,
            @Doc("What part of a row may not hold them.") @Default("both") Part part)
            implements SelectStep, Checked {
        @Override
        public void check(Findings f) {
            if (against.isEmpty() && !heldOut) {
                f.problem("", "decontaminate has nothing to compare rows with", "give against: the test files, or held_out: true");
            }
        }
    }

    /** Of every kind some, good ones rather. */
    @Doc("Clusters rows by k-means and draws of every cluster its quota, good rows rather than others.")
    @Terse
    record Diversity(
            @Doc("Clusters; at most as many as rows.") @Range(min = 1, max = 1 << 20) @Synonyms({"k", "n_clusters", "num_clusters"}) int clusters,
            @Doc("How many rows stay: a fraction below 1, or a count.") @Synonyms({"count", "fraction"}) Amount keep,
            @Doc("Where embeddings come from: model (its mean closing hidden state) or words (hashed tf-idf).") @Default("model") @Synonyms("embeddings") Embedding embedding,
            @Doc("What is embedded.") @Default("both") Part part,
            @Doc("What rows are good; each draw has a probability ∝ exp(quality/temperature). Null for even draws.") @Synonyms("reward") Optional<RewardSpec> quality,
            @Doc("Temperature of the quality; 1 unless given.") @Range(above = 0) Optional<Double> temperature,
            @Doc("How many of every cluster: proportional to its size, or equal.") @Default("proportional") Quota quota)
            implements SelectStep, Checked {
        @Override
        public Stream<RewardSpec> rewards() {
            return quality.stream();
        }

        @Override
        public void check(Findings f) {
            if (temperature.isPresent() && quality.isEmpty()) {
                f.problem("temperature", "temperature has no effect without quality", "remove it, or give quality");
            }
        }
    }

    /** By how hard the model finds the response. */
    @Doc("Keeps rows by how hard the model as it stands finds their response.")
    @Terse
    record Perplexity(
            @Doc("perplexity: of the response given the prompt; ifd: that divided by the response's perplexity alone, how little the prompt helps.") @Default("perplexity")
                    PerplexityScorer.Kind score,
            @Doc("How many rows: a fraction below 1, or a count.") Optional<Amount> keep,
            @Doc("keep: which of them, lowest, middle or highest; middle unless given.") Optional<Choice.Where> where,
            @Doc("Keeps those from this share of all rows on, sorted by score.") @Range(min = 0, below = 1) Optional<Double> from,
            @Doc("Keeps those up to this share of all rows, sorted by score.") @Range(above = 0, max = 1) Optional<Double> to,
            @Doc("Keeps those with at least this score.") Optional<Double> min,
            @Doc("Keeps those with at most this score.") Optional<Double> max)
            implements SelectStep, Checked {
        @Override
        public void check(Findings f) {
            int ways = (keep.isPresent() ? 1 : 0) + (from.isPresent() || to.isPresent() ? 1 : 0) + (min.isPresent() || max.isPresent() ? 1 : 0);
            if (ways != 1) {
                f.problem("", "perplexity keeps rows in one of three ways, found " + ways, "give keep, or from and to, or min and max");
            }
            if (where.isPresent() && keep.isEmpty()) {
                f.problem("where", "where has no effect without keep", "remove it");
            }
            if (from.isPresent() && to.isPresent() && from.get() >= to.get()) {
                f.problem("to", "to must be more than from, found " + from.get() + " to " + to.get(), "");
            }
            if (min.isPresent() && max.isPresent() && min.get() > max.get()) {
                f.problem("max", "max must be at least min, found " + min.get() + " to " + max.get(), "");
            }
        }

        /** As the library has it. */
        public Choice choice() {
            if (keep.isPresent()) {
                return new Choice.Some(keep.get().count(), keep.get().share(), where.orElse(Choice.Where.MIDDLE));
            }
            return min.isPresent() || max.isPresent() ? new Choice.Between(min.orElse(Double.NEGATIVE_INFINITY), max.orElse(Double.POSITIVE_INFINITY))
                    : new Choice.Band(from.orElse(0.0), to.orElse(1.0));
        }
    }

    /** By a loss predicted from indicators. */
    @Doc("Keeps rows by a loss predicted from indicators, the lowest: c + rew·Rew + len·Len + knn·kNN + ppl·Ppl.")
    @Terse
    record InstructionMining(
            @Doc("How many rows stay: a fraction below 1, or a count.") @Synonyms({"count", "fraction"}) Amount keep,
            @Doc("The coefficients; the published ones unless given, which do not transfer to other models and rewards.") Optional<Coefficients> coefficients,
            @Doc("Gives the indicator Rew, of the response.") Optional<RewardSpec> reward,
            @Doc("Where the embeddings come from whose distances are kNN.") @Default("model") @Synonyms("embeddings") Embedding embedding,
            @Doc("What is embedded.") @Default("both") Part part,
            @Doc("Which nearest neighbour's distance is kNN.") @Default("6") @Range(min = 1, max = 10000) @Synonyms("k") int neighbour)
            implements SelectStep, Checked {

        /** What each indicator weighs. */
        @Doc("What each indicator weighs.")
        public record Coefficients(
                @Doc("The intercept.") @Default("0.0") double intercept,
                @Doc("Of the reward.") @Default("0.0") double rew,
                @Doc("Of the tokens of the response.") @Default("0.0") double len,
                @Doc("Of the distance to the nearest neighbour named by neighbour.") @Default("0.0") double knn,
                @Doc("Of the perplexity of the response.") @Default("0.0") double ppl) {}

        @Override
        public Stream<RewardSpec> rewards() {
            return reward.stream();
        }

        @Override
        public void check(Findings f) {
            boolean rewarded = coefficients.map(c -> c.rew() != 0).orElse(true);
            if (rewarded && reward.isEmpty()) {
                f.problem("reward", "the indicator Rew needs reward: what scores the responses", "add it, or give coefficients without rew");
            } else if (!rewarded && reward.isPresent()) {
                f.problem("reward", "reward has no effect where its coefficient is 0", "remove it, or give coefficients with rew");
            }
        }
    }

    /** A random part. */
    @Doc("Keeps a random part; the same seed keeps the same, and more keep all that fewer do. What other choices are compared with.")
    record Random(@Doc("How many rows stay: a fraction below 1, or a count.") @Synonyms({"count", "fraction"}) Amount keep) implements SelectStep {}

    private static void ordered(Findings f, String key, Optional<Integer> min, Optional<Integer> max) {
        if (min.isPresent() && max.isPresent() && min.get() > max.get()) {
            f.problem(key, key + " " + max.get() + " is less than " + key.replace("max", "min") + " " + min.get(), "");
        }
    }
}
