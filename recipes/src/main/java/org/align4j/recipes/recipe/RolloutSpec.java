package org.align4j.recipes.recipe;

import java.util.Optional;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** How answers are sampled and scored, and how often they are learned from. An iteration samples batch_size × mini_batches prompts. */
public record RolloutSpec(
        @Doc("What scores the answers.") @Synonyms({"reward_model", "reward_funcs", "reward_fn"}) RewardSpec reward,
        @Doc("Field of a prompt's row that holds its reference answer, for rewards that need one. Null for answer, reference, solution or ground_truth, or else the row's response.")
                @Synonyms({"answer", "ground_truth_key"}) Optional<String> answerField,
        @Doc("Responses to each prompt.") @Default("4") @Range(min = 1, max = 10000) @Synonyms({"num_generations", "rloo_k", "n", "num_samples"}) int samples,
        @Doc("Longest response in tokens.") @Default("128") @Range(min = 1, max = 1 << 20) @Synonyms({"max_tokens", "response_length", "max_completion_length"}) int maxNewTokens,
        @Doc("Sampling temperature; log-probabilities are taken at the same.") @Default("1.0") @Range(above = 0, max = 100) double temperature,
        @Doc("Passes over an iteration's responses.") @Default("1") @Range(min = 1, max = 1000) @Synonyms({"num_ppo_epochs", "ppo_epochs", "num_iterations", "noptepochs"}) int updateEpochs,
        @Doc("Updates of such a pass, each on its own part of the prompts.") @Default("1") @Range(min = 1, max = 10000) @Synonyms({"num_mini_batches", "num_minibatches"}) int miniBatches,
        @Doc("An iteration ends before an update for which half the mean squared log-ratio to the sampling policy is above this. Null for never.") @Range(above = 0)
                @Synonyms({"desired_kl", "early_stop_kl"}) Optional<Double> targetKl,
        @Doc("Subtracted from the score of a response without an end token. Null for nothing.") @Range(above = 0) @Synonyms({"stop_properly_penalty_coef", "non_eos_penalty"})
                Optional<Double> missingEosPenalty,
        @Doc("Score of every response without an end token, whatever it says. Null to score it like any other.") @Synonyms({"penalty_reward_value", "reward_penalty"})
                Optional<Double> missingEosScore,
        @Doc("Whether scores are normalised by their running mean and standard deviation.") @Default("false") @Synonyms({"use_score_scaling", "use_score_norm", "normalize_reward"})
                boolean normalizeScores,
        @Doc("Scores are held between minus this and this, after normalisation. Null for no bound.") @Range(above = 0) @Synonyms({"score_clip", "reward_clip_range"})
                Optional<Double> clipScores) {}
