package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.Optional;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** Samples answers from the model as it stands, scores them, and makes rows of them for the stages behind. */
@Doc("Samples answers from the model as it stands, scores them, and makes rows of them for the stages behind; trains nothing.")
public record Sample(
        @Doc("What is asked; data.prompts, or the prompts of data.sft or data.preferences, unless given. Rows it holds out are not asked.") Optional<DataSource> prompts,
        @Doc("Field of a prompt's row that holds its reference answer, for rewards that need one. Null for answer, reference, solution or ground_truth, or else the row's response.")
                @Synonyms({"answer", "ground_truth_key"}) Optional<String> answerField,
        @Doc("Answers to choose from in place of sampled ones: rows with one response or several.") @Synonyms("responses") Optional<DataSource> candidates,
        @Doc("Answers to every prompt; 8 unless given, 1 with s3ft.") @Range(min = 1, max = 100000) @Synonyms({"num_samples", "n", "num_generations", "num_return_sequences"}) Optional<Integer> samples,
        @Inline SamplingSpec sampling,
        @Doc("What scores the answers.") @Synonyms({"reward_model", "reward_funcs", "scorer"}) Optional<RewardSpec> reward,
        @Doc("What is made of them.") @Synonyms({"method", "select"}) KeepSpec keep,
        @Doc("Prompts whose rows are kept for evaluation: a fraction below 1, or a count.") @Default("0") @Synonyms({"test_split_size", "val_size"}) HeldOutSize heldOut,
        @Doc("Prompts that are sampled and written together, which is what a killed run loses at most; as many as give 512 answers unless given.") @Range(min = 1) @Synonyms("shard_size")
                Optional<Integer> shardPrompts,
        @Doc("Directory where answers and scores are kept and found again, by any run; the run's own cache unless given.") @Synonyms("cache_dir") Optional<Path> cache)
        implements Stage, Checked {

    public Sample {
        samples = samples.isPresent() || candidates.isPresent() ? samples : Optional.of(keep instanceof KeepSpec.S3ft ? 1 : 8);
    }

    @Override
    public Optional<DataKind> makes() {
        return Optional.of(keep.kind());
    }

    @Override
    public boolean holdsOut() {
        return !heldOut.isNone();
    }

    /** From which reward on an answer is right, where that matters; empty where it cannot be told. */
    public Optional<Double> rightAt() {
        Optional<Double> given = keep instanceof KeepSpec.Steps s ? s.rightAt() : keep instanceof KeepSpec.S3ft s ? s.rightAt() : Optional.empty();
        return given.or(() -> reward.filter(RewardSpec.Rule.class::isInstance).map(r -> ((RewardSpec.Rule) r).worth().right()));
    }

    @Override
    public void check(Findings f) {
        boolean grape = keep instanceof KeepSpec.Grape;
        if (grape && reward.isPresent()) {
            f.problem("reward", "reward has no effect with keep grape, which asks a model how likely answers are", "remove it");
        } else if (!grape && reward.isEmpty()) {
            f.problem("", "the sample stage needs reward: what scores the answers", "such as reward: final_answer, or reward: {judge: {path: models/judge}}");
        }
        if (candidates.isPresent() && (prompts.isPresent() || samples.isPresent())) {
            f.problem(prompts.isPresent() ? "prompts" : "samples", (prompts.isPresent() ? "prompts" : "samples") + " has no effect with candidates, which are not sampled", "remove one of them");
        }
        if (candidates.isPresent() && !candidates.get().heldOut().isNone()) {
            f.problem("candidates.held_out", "held_out has no effect on candidates", "set held_out of the sample stage");
        }
        if (candidates.isPresent() && answerField.isPresent()) {
            f.problem("answer_field", "answer_field has no effect with candidates, whose reference answers are not read", "remove it");
        }
        int n = samples.orElse(2);
        if (sampling.temperature() == 0 && n > 1 && candidates.isEmpty()) {
            f.problem("temperature", n + " samples at temperature 0 would all be the same", "give a temperature, or samples: 1");
        }
        if (n == 1 && (keep.kind() == DataKind.COMPARISONS)) {
            f.problem("samples", "one answer to a prompt cannot be compared, found samples 1", "give 2 or more");
        }
        if (keep instanceof KeepSpec.Rso rso && samples.isPresent() && rso.accept() > n) {
            f.problem("keep.rso.accept", "rso cannot accept " + rso.accept() + " answers out of samples " + n, "raise samples (the paper has 64 for 8), or lower accept");
        }
        boolean judged = keep instanceof KeepSpec.Steps || keep instanceof KeepSpec.S3ft;
        if (judged && reward.isPresent() && rightAt().isEmpty()) {
            f.problem("keep", "it cannot be told from which reward on an answer is right", "give right_at, or a rule as reward");
        }
        if (judged && reward.orElse(null) instanceof RewardSpec.Ranker r && r.against() == RewardSpec.Ranker.Against.OTHERS) {
            f.problem("reward", "an answer cannot be judged right by comparison with the other answers", "write against: reference, or choose another reward");
        }
    }
}
