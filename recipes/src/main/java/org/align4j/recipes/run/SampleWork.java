package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.UserException;
import org.align4j.core.data.DataReport;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.KeepSpec;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.Sample;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.rewardmodels.sampling.Keep;
import org.align4j.rewardmodels.sampling.KeptRows;
import org.align4j.rewardmodels.sampling.KeptSummary;
import org.align4j.rewardmodels.sampling.Policy;
import org.align4j.rewardmodels.sampling.PolicySampler;
import org.align4j.rewardmodels.sampling.Prompt;
import org.align4j.rewardmodels.sampling.Sampled;
import org.align4j.rewardmodels.sampling.SamplingListener;
import org.align4j.rewardmodels.sampling.SamplingSettings;
import org.align4j.rewardmodels.sampling.SamplingStopped;

/** Samples answers from the model as it stands, scores them and makes rows of them. */
final class SampleWork implements StageWork {
    private final Recipe recipe;
    private final Sample stage;
    private final int index;
    private final List<Prompt> prompts;
    /** Null where answers are sampled. */
    private final CandidateData candidates;
    private final Map<Path, DataReport> reports;

    SampleWork(Recipe recipe, Sample stage, int index, ModelSession session) {
        this.recipe = recipe;
        this.stage = stage;
        this.index = index;
        stage.reward().ifPresent(Rewards::require);
        if (stage.candidates().isPresent()) {
            candidates = CandidateData.load(stage.candidates().get(), session);
            prompts = candidates.prompts();
            reports = Map.of();
            return;
        }
        candidates = null;
        int most = stage.sampling().maxNewTokens();
        int room = session.config().maxPositions() - most;
        if (room < 1) {
            throw new UserException("The stage " + name() + " is to sample up to " + most + " tokens, which leaves a model of " + session.config().maxPositions()
                    + " positions no room for a prompt. Lower max_new_tokens.");
        }
        DataSource source = stage.prompts().or(() -> recipe.data().toPrompt()).orElseThrow();
        boolean references = stage.keep() instanceof KeepSpec.S3ft || stage.reward().map(Rewards::needsReference).orElse(false);
        PromptData data = PromptData.load(source, session, room, references, stage.answerField(), recipe.seed());
        prompts = data.prompts();
        reports = data.reports();
        if (references) {
            requireReferences();
        }
    }

    private String name() {
        return Planned.name(index, stage);
    }

    /** A reward that compares with reference answers is no use without them. */
    private void requireReferences() {
        long without = prompts.stream().filter(p -> p.reference() == null).count();
        if (without > 0) {
            throw new UserException("The stage " + name() + " compares answers with the reference answer of the prompt, and " + without + " of " + prompts.size()
                    + " prompts have none. Give rows with a field answer or a response, name the field with answer_field, or choose another reward.");
        }
    }

    @Override
    public String describe() {
        String answers = candidates == null ? String.format(Locale.ROOT, "%,d answers to each of %,d prompts, up to %,d tokens", stage.samples().orElseThrow(), prompts.size(),
                stage.sampling().maxNewTokens()) : String.format(Locale.ROOT, "%,d candidates for %,d prompts", candidates.answers().stream().mapToInt(List::size).sum(), prompts.size());
        return String.format(Locale.ROOT, "%-12s %s; kept: %s", name(), answers + stage.reward().map(r -> ", scored by " + r.words()).orElse(""), Keeps.words(stage.keep()));
    }

    @Override
    public Map<Path, DataReport> reports() {
        return reports;
    }

    @Override
    public Map<String, Object> rows() {
        return Map.of("sampled_from", prompts.size());
    }

    @Override
    public Map<String, String> models() {
        Map<String, String> m = new LinkedHashMap<>();
        stage.reward().ifPresent(r -> Rewards.models(r).forEach(dir -> m.put(dir.toString(), Beside.weights(dir))));
        if (stage.keep() instanceof KeepSpec.Grape g) {
            g.model().ifPresent(dir -> m.put(dir.toString(), Beside.weights(dir)));
        }
        return m;
    }

    @Override
    public Finished run(StageRun run) {
        run.progress().message(describe());
        if (candidates != null) {
            candidates.leftOut().forEach(why -> run.progress().message("Left out: " + why));
        }
        SamplingListener listener = new Listener(run);
        try {
            return work(run, listener);
        } catch (SamplingStopped e) {
            throw new Trainer.Stopped(run.firstStep(), Optional.of(e.directory()));
        } finally {
            run.progress().endStage();
        }
    }

    private Finished work(StageRun run, SamplingListener listener) {
        ModelSession session = run.session();
        session.gradients(false);
        Policy policy = new Policy(session.model(), Encoders.orIds(session, Path.of(name())));
        Path stores = stage.cache().orElse(run.files().cache().resolve("samples"));
        long seed = recipe.seed() + index;
        SamplingSettings settings = SamplingSettings.of(stage.samples().orElse(1), stage.sampling().options(), seed).withStop(stage.sampling().stop().orElse(List.of()));
        settings = stage.shardPrompts().map(settings::withShardPrompts).orElse(settings);
        Sampled sampled = candidates == null ? new PolicySampler(policy, settings).sample(prompts, stores, listener)
                : Sampled.given(prompts, candidates.answers(), seed, settings.shardPrompts(), stores, listener);
        try (Rewards rewards = rewards(run, policy)) {
            Sampled scored = sampled.score(rewards.reward(), stores, listener);
            Keep keep = Keeps.of(stage, scored, policy, rewards, settings);
            KeptRows rows = KeptRows.make(scored, keep, stores, listener);
            return finished(run, rows);
        }
    }

    private Rewards rewards(StageRun run, Policy policy) {
        if (stage.keep() instanceof KeepSpec.Grape g) {
            return Rewards.likelihood(g, policy);
        }
        return Rewards.open(stage.reward().orElseThrow(), run);
    }

    private Finished finished(StageRun run, KeptRows rows) {
        Set<Prompt> out = new HashSet<>(PromptData.split(prompts, stage.heldOut(), recipe.seed()).heldOut());
        Path train = run.work().resolve("train.jsonl");
        Path heldOut = run.work().resolve("held-out.jsonl");
        long kept = rows.write(train, p -> !out.contains(p));
        if (kept == 0) {
            throw new UserException("The stage " + name() + " made no row out of its answers: " + none() + " Look at the answers in " + rows.directory().getParent() + ".");
        }
        KeptSummary summary = rows.summary();
        try (MetricsLog metrics = run.log().open(run)) {
            metrics.append(run.name(), run.firstStep(), SampleResults.metrics(summary));
        }
        Optional<Path> evaluation = out.isEmpty() || rows.write(heldOut, out::contains) == 0 ? Optional.empty() : Optional.of(heldOut);
        run.progress().message(String.format(Locale.ROOT, "%s made %,d rows of %,d answers, in %s", name(), summary.rows(), summary.answers(), train));
        return Finished.updates(run.name(), stage.kind(), 0, 0).making(run.files(), new Made(train, evaluation)).with(SampleResults.table(name(), stage, summary));
    }

    private String none() {
        if (stage.keep() instanceof KeepSpec.Threshold t) {
            return "no reward is above " + t.above() + ". Lower it.";
        }
        return stage.keep() instanceof KeepSpec.Steps ? "no prompt has both a right and a wrong solution. Raise samples, or give easier prompts."
                : "all answers to a prompt have the same reward. Raise samples or temperature, or give another reward.";
    }

    /** Shows progress, hands on messages and requests to stop. */
    private static final class Listener implements SamplingListener {
        private final StageRun run;
        private final TreeSet<String> begun = new TreeSet<>();

        Listener(StageRun run) {
            this.run = run;
        }

        @Override
        public void progress(String work, int done, int total, long tokens) {
            if (begun.add(work)) {
                run.progress().stage(run.name() + " " + work, done, total);
            }
            run.progress().update(new ProgressBar.Update(done, tokens, Double.NaN, Double.NaN));
        }

        @Override
        public void message(String text) {
            run.progress().message(text);
        }

        @Override
        public boolean stop() {
            return run.stop().getAsBoolean();
        }
    }
}
