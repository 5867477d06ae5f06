package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.align4j.core.UserException;
import org.align4j.core.data.DataReport;
import org.align4j.core.data.Text;
import org.align4j.core.train.Streams;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.KeepSpec;
import org.align4j.recipes.recipe.RewardSpec;
import org.align4j.recipes.recipe.Sample;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.sampling.KeptRows;
import org.align4j.rewardmodels.sampling.KeptSummary;
import org.align4j.rewardmodels.sampling.Policy;
import org.align4j.rewardmodels.sampling.PolicySampler;
import org.align4j.rewardmodels.sampling.Prompt;
import org.align4j.rewardmodels.sampling.Sampled;
import org.align4j.rewardmodels.sampling.SamplingListener;
import org.align4j.rewardmodels.sampling.SamplingSettings;

/**
 * Answers to prompts, their scores, and rows made of them.
 *
 * @param name       who samples, for messages
 * @param candidates answers to choose from; null where they are sampled
 * @param reports    what happened to the rows of the prompts' files
 * @param seed       of answers and of what is made of them
 * @param splitSeed  of which prompts are held out
 */
record SampleJob(String name, Sample stage, List<Prompt> prompts, CandidateData candidates, Map<Path, DataReport> reports, long seed, long splitSeed) {

    /**
     * Reads what is asked, and refuses what cannot be done.
     *
     * @param source the prompts where the stage names none; null for none
     */
    static SampleJob load(String name, Sample stage, DataSource source, ModelSession session, long seed, long splitSeed, UnaryOperator<List<Prompt>> allowed) {
        stage.reward().ifPresent(Rewards::require);
        boolean references = stage.keep() instanceof KeepSpec.S3ft || stage.reward().map(Rewards::needsReference).orElse(false);
        if (stage.candidates().isPresent()) {
            if (references) {
                throw new UserException(name + " compares answers with the reference answer of the prompt, and candidates come without one. Give prompts to sample"
                        + " from, or another reward.");
            }
            CandidateData candidates = CandidateData.load(stage.candidates().get(), session);
            return new SampleJob(name, stage, candidates.prompts(), candidates, Map.of(), seed, splitSeed);
        }
        int most = stage.sampling().maxNewTokens();
        // Steps are judged by going on from them, which takes as much again.
        int room = session.config().maxPositions() - (stage.keep() instanceof KeepSpec.Steps ? 2 : 1) * most;
        if (room < 1) {
            throw new UserException(name + " is to sample up to " + most + " tokens, which leaves a model of " + session.config().maxPositions()
                    + " positions no room for a prompt. Lower max_new_tokens.");
        }
        PromptData data = PromptData.load(stage.prompts().orElse(source), session, room, references, stage.answerField(), splitSeed);
        List<Prompt> prompts = allowed.apply(data.prompts());
        long without = prompts.stream().filter(p -> p.reference() == null).count();
        if (references && without > 0) {
            throw new UserException(name + " compares answers with the reference answer of the prompt, and " + without + " of " + prompts.size()
                    + " prompts have none. Give rows with a field answer or a response, name the field with answer_field, or choose another reward.");
        }
        return new SampleJob(name, stage, prompts, null, data.reports(), seed, splitSeed);
    }

    String describe() {
        String answers = candidates == null ? String.format(Locale.ROOT, "%,d answers to each of %,d prompts, up to %,d tokens", stage.samples().orElseThrow(), prompts.size(),
                stage.sampling().maxNewTokens()) : String.format(Locale.ROOT, "%,d candidates for %,d prompts", candidates.answers().stream().mapToInt(List::size).sum(), prompts.size());
        return answers + stage.reward().map(r -> ", scored by " + r.words()).orElse("") + "; kept: " + Keeps.words(stage.keep());
    }

    /**
     * What was made.
     *
     * @param summary in numbers
     */
    record Outcome(Made made, KeptSummary summary) {}

    /**
     * Does what is not on disk yet, with the session's model as it is, and writes {@code samples.jsonl}, {@code train.jsonl} and, where prompts are held out,
     * {@code held-out.jsonl}.
     *
     * @param cache     where answers and scores are kept unless the stage says
     * @param stages    where the reward model is that a stage left
     * @param directory where the files go
     */
    Outcome run(ModelSession session, Path cache, Function<RewardSpec.Stage, Path> stages, SamplingListener listener, Path directory) {
        Policy policy = new Policy(session.model(), Encoders.orIds(session, Path.of(name)));
        Path stores = stage.cache().orElse(cache);
        SamplingSettings settings = SamplingSettings.of(stage.samples().orElse(1), stage.sampling().options(), seed).withStop(stage.sampling().stop().orElse(List.of()));
        settings = stage.shardPrompts().map(settings::withShardPrompts).orElse(settings);
        Sampled sampled = candidates == null ? new PolicySampler(policy, settings).sample(prompts, stores, listener)
                : Sampled.given(prompts, candidates.answers(), seed, settings.shardPrompts(), stores, listener);
        try (Rewards rewards = stage.keep() instanceof KeepSpec.Grape g ? Rewards.likelihood(g, policy)
                : Rewards.open(stage.reward().orElseThrow(), new Rewards.Around(session.backend(), session.encoder(), stages, () -> baseline(policy, stores, listener)))) {
            Sampled scored = sampled.score(rewards.reward(), stores, listener);
            KeptRows rows = KeptRows.make(scored, Keeps.of(stage, scored, policy, rewards, settings), stores, listener);
            scored.write(directory.resolve("samples.jsonl"));
            return new Outcome(write(rows, directory), rows.summary());
        }
    }

    /** One more answer to every prompt, for a ranker to compare with. */
    private Rewards.Baseline baseline(Policy policy, Path stores, SamplingListener listener) {
        SamplingSettings one = SamplingSettings.of(1, stage.sampling().options(), Streams.of(seed, "baseline", 0).nextLong()).withStop(stage.sampling().stop().orElse(List.of()));
        Sampled sampled = new PolicySampler(policy, one).sample(prompts, stores, listener);
        Map<Text, Answer> answers = new HashMap<>();
        sampled.forEach(p -> answers.putIfAbsent(p.prompt().text(), p.answers().get(0).answer()));
        return new Rewards.Baseline(q -> answers.get(q.prompt()), sampled.digest());
    }

    private Made write(KeptRows rows, Path directory) {
        Set<Prompt> out = new HashSet<>(PromptData.split(prompts, stage.heldOut(), splitSeed).heldOut());
        Path train = directory.resolve("train.jsonl");
        Path heldOut = directory.resolve("held-out.jsonl");
        if (rows.write(train, p -> !out.contains(p)) == 0) {
            throw new UserException(name + " made no row out of its answers: " + none() + " The answers are in " + directory.resolve("samples.jsonl") + ".");
        }
        return new Made(train, out.isEmpty() || rows.write(heldOut, out::contains) == 0 ? Optional.empty() : Optional.of(heldOut));
    }

    private String none() {
        if (stage.keep() instanceof KeepSpec.Threshold t) {
            return "no reward is above " + t.above() + ". Lower it.";
        }
        return stage.keep() instanceof KeepSpec.Steps ? "no prompt has both a right and a wrong solution. Raise samples, or give easier prompts."
                : "all answers to a prompt have the same reward. Raise samples or temperature, or give another reward.";
    }
}
