package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.DataReport;
import org.align4j.core.generate.BatchLimits;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.model.MemoryPlan;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Soup;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.text.ModelTextEncoder;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.LrSchedule;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.OnlineStage;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.ReferenceSpec;
import org.align4j.recipes.recipe.RolloutSpec;
import org.align4j.recipes.recipe.Training;
import org.align4j.recipes.recipe.ValueSpec;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.rewardmodels.online.OnlineSettings;
import org.align4j.rewardmodels.online.OnlineTrainer;
import org.align4j.rewardmodels.online.RolloutSettings;
import org.align4j.rewardmodels.online.ScoreShaping;
import org.align4j.rewardmodels.online.Unfinished;

/** A policy learns from its own answers. */
final class OnlineWork implements StageWork {
    private final Recipe recipe;
    private final OnlineStage stage;
    private final String name;
    private final int index;
    private final AdapterPlan adapter;
    private final PromptData prompts;
    private final int iterations;
    private final MemoryPlan memory;
    private int recomputed;

    OnlineWork(Recipe recipe, OnlineStage stage, int index, AdapterPlan adapter, ModelSession session) {
        this.recipe = recipe;
        this.stage = stage;
        this.index = index;
        this.name = Planned.name(index, stage);
        this.adapter = adapter;
        RolloutSpec r = stage.rollout();
        Rewards.require(r.reward());
        prompts = prompts(r, session);
        iterations = iterations();
        if (stage.reference().orElse(null) instanceof ReferenceSpec.Soup soup) {
            Soup.requireAlike(session.config(), soup.models());
        }
        int longest = prompts.prompts().stream().mapToInt(p -> p.ids().length).max().orElseThrow() + r.maxNewTokens();
        memory = memory(session.config(), longest, session.backend().precision() == Precision.BF16);
        if (memory.total() > MemoryLimit.bytes(recipe)) {
            throw new UserException("The stage " + name + " would need about " + (memory.total() >> 20) + " MiB (" + memory.describe() + "), more than "
                    + (recipe.memory().isPresent() ? "memory: " : "this machine's ") + (MemoryLimit.bytes(recipe) >> 20) + " MiB. Lower samples, max_new_tokens or"
                    + " micro_batch_tokens, train an adapter, share the value function's trunk (values: shared), or take a smaller model.");
        }
    }

    private PromptData prompts(RolloutSpec r, ModelSession session) {
        int room = session.config().maxPositions() - r.maxNewTokens();
        if (room < 1) {
            throw new UserException("The stage " + name + " is to sample up to " + r.maxNewTokens() + " tokens, which leaves a model of " + session.config().maxPositions()
                    + " positions no room for a prompt. Lower max_new_tokens.");
        }
        boolean references = Rewards.needsReference(r.reward());
        PromptData data = PromptData.load(recipe.data().toPrompt().orElseThrow(), session, room, references, r.answerField(), recipe.seed());
        long without = references ? Stream.concat(data.prompts().stream(), data.heldOut().stream()).filter(p -> p.reference() == null).count() : 0;
        if (without > 0) {
            throw new UserException("The reward of the stage " + name + " compares answers with the reference answer of the prompt, and " + without + " prompts have none."
                    + " Give prompts as rows with a response or an answer, or name the field with answer_field,"
                    + " or another reward.");
        }
        DataSource source = recipe.data().toPrompt().orElseThrow();
        return new PromptData(Unseen.asked(recipe, data.prompts(), source, session, "prompts of the stage " + name), data.heldOut(), data.reports());
    }

    /** As many as the epochs over the prompts take, cut at the most updates. */
    private int iterations() {
        Training t = stage.training();
        long n = t.epochs().map(e -> (long) Math.ceil(e * prompts.prompts().size() / stage.promptsPerIteration() - 1e-9)).orElse(Long.MAX_VALUE);
        long most = t.maxSteps().map(s -> (long) s / stage.updatesPerIteration()).orElse(Long.MAX_VALUE);
        if (most < 1) {
            throw new UserException("The stage " + name + " makes " + stage.updatesPerIteration() + " updates in every iteration, and max_steps is "
                    + t.maxSteps().orElseThrow() + ". Raise it, or lower update_epochs or mini_batches.");
        }
        return Math.toIntExact(Math.max(1, Math.min(n, most)));
    }

    private MemoryPlan memory(ModelConfig config, int longest, boolean bf16) {
        RolloutSpec r = stage.rollout();
        long group = longest + (long) (r.samples() - 1) * r.maxNewTokens();
        long batch = Math.max(group, Math.min(stage.training().microBatchTokens(), stage.promptsPerIteration() * group));
        AdamW.Settings o = optimizer();
        MemoryPlan m = adapter == null ? MemoryPlan.of(config, 0, batch, longest).withWeights(8 * config.parameterCount() + o.bytes(new ParameterLayout(config)))
                : adapter.memory(config, o.moments(), batch, longest);
        long value = stage.value().orElse(null) instanceof ValueSpec.Shared || stage.value().isEmpty() ? 0 : 8 * config.parameterCount() + o.bytes(new ParameterLayout(config));
        ReferenceSpec spec = stage.reference().orElse(null);
        long reference = spec == null || spec instanceof ReferenceSpec.AdapterOff ? 0
                : adapter != null && spec instanceof ReferenceSpec.Frozen ? 4 * adapter.parameters(config) : (bf16 ? 2 : 4) * config.parameterCount();
        long cache = 8L * config.layers() * config.kvHeads() * config.headDim() * longest * Math.min(BatchLimits.DEFAULT.maxBatch(), stage.promptsPerIteration() * r.samples());
        MemoryPlan whole = new MemoryPlan(m.weights() + value, reference, m.activations(), m.scratch() + cache);
        MemoryPlan planned = bf16 ? whole.halfProducts(config) : whole;
        return recomputing(planned, config, batch);
    }

    /** With as many blocks computed again as the recipe says, or as few as let the stage fit. */
    private MemoryPlan recomputing(MemoryPlan whole, ModelConfig config, long batch) {
        recomputed = StagePlan.recomputed(stage.training().gradientCheckpointing(), whole, config, batch, MemoryLimit.bytes(recipe), name);
        return whole.recomputing(config, recomputed, batch);
    }

    private AdamW.Settings optimizer() {
        Training t = stage.training();
        return new AdamW.Settings(t.adamBeta1(), t.adamBeta2(), t.adamEpsilon(), t.weightDecay(), false, t.maxGradNorm().orElse(0.0), t.adamMoments());
    }

    private long updates() {
        return (long) iterations * stage.updatesPerIteration();
    }

    private LrSchedule schedule(double peak) {
        Training t = stage.training();
        return new LrSchedule(t.schedule(), peak, t.warmup(Math.toIntExact(updates())), updates(), t.minLrRatio());
    }

    /** Iterations that so many updates take. */
    private int every(int updates) {
        return Math.max(1, updates / stage.updatesPerIteration());
    }

    private OnlineSettings settings(long firstStep) {
        Training t = stage.training();
        return new OnlineSettings(iterations, stage.rollout().updateEpochs(), stage.rollout().miniBatches(), t.microBatchTokens(), schedule(t.learningRate()), optimizer(),
                stage.rollout().targetKl().orElse(0.0), t.evalEvery().map(this::every).orElse(0), t.saveEvery().orElse(0), t.keepCheckpoints(), every(t.loggingEvery()),
                recipe.seed() + index, firstStep);
    }

    private RolloutSettings sampling(ModelSession session) {
        RolloutSpec r = stage.rollout();
        // What closes a turn in this vocabulary, which config.json need not name.
        Set<Integer> ends = ModelTextEncoder.endIds(session.encoder(), session.config().vocabSize());
        SamplingOptions options = SamplingOptions.plain(r.maxNewTokens()).withTemperature(r.temperature()).withStopTokens(ends);
        Unfinished unfinished = r.missingEosPenalty().<Unfinished>map(Unfinished.Subtracted::new)
                .orElseGet(() -> r.missingEosScore().<Unfinished>map(Unfinished.Fixed::new).orElse(new Unfinished.Kept()));
        return new RolloutSettings(stage.promptsPerIteration(), r.samples(), options, BatchLimits.DEFAULT, unfinished, new ScoreShaping(r.normalizeScores(), r.clipScores().orElse(0.0)));
    }

    @Override
    public String describe() {
        StringBuilder what = new StringBuilder(stage.objective().name());
        stage.reference().ifPresent(r -> what.append(" against ").append(r.words()));
        stage.value().ifPresent(v -> what.append(", ").append(v.words()));
        RolloutSpec r = stage.rollout();
        return String.format(Locale.ROOT, "%-12s %s, rewarded by %s: %,d prompts (%,d held out), %,d iterations of %,d prompts with %d %s, %,d updates, learning rate %s %s; memory: %s",
                name, what, r.reward().words(), prompts.prompts().size(), prompts.heldOut().size(), iterations, stage.promptsPerIteration(), r.samples(),
                r.samples() == 1 ? "response" : "responses", updates(), stage.training().learningRate(), stage.training().schedule().name().toLowerCase(Locale.ROOT),
                memory.describe());
    }

    @Override
    public Map<Path, DataReport> reports() {
        return prompts.reports();
    }

    @Override
    public Map<String, Object> rows() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("trained_on", prompts.prompts().size());
        m.put("held_out", prompts.heldOut().size());
        return m;
    }

    @Override
    public Map<String, String> models() {
        Map<String, String> m = new LinkedHashMap<>();
        if (stage.reference().orElse(null) instanceof ReferenceSpec.Soup soup) {
            soup.models().forEach(dir -> m.put(dir.toString(), Beside.weights(dir)));
        }
        Rewards.models(stage.rollout().reward()).forEach(dir -> m.put(dir.toString(), Beside.weights(dir)));
        if (stage.value().orElse(null) instanceof ValueSpec.RewardModel v) {
            v.path().ifPresent(dir -> m.put(dir.toString(), Beside.weights(dir)));
        }
        return m;
    }

    @Override
    public Map<String, Object> chosen() {
        return Map.of("recomputed_blocks", recomputed, "planned_bytes", memory.total());
    }

    @Override
    public Finished run(StageRun run) {
        ModelSession session = run.session();
        run.progress().message(describe());
        session.gradients(adapter == null);
        session.model().recompute(recomputed);
        Function<int[], String> decoder = session.encoder() == null ? Arrays::toString : session.encoder()::decode;
        try (Rewards rewards = Rewards.open(stage.rollout().reward(), run); OnlineModels models = new OnlineModels(run, stage);
                MetricsLog metrics = run.log().open(run);
                OnlineTrainer trainer = new OnlineTrainer(session.model(), stage.objective(), rewards.reward(), decoder, prompts.prompts(), sampling(session), settings(run.firstStep()))) {
            trainer.reference(models.reference()).critic(models.critic(schedule(stage.valueRate()), optimizer(), recipe.seed() + index)).heldOut(prompts.heldOut())
                    .listener(new OnlineProgress(run, updates(), metrics)).checkpoints(run.store(), run.name()).stopWhen(run.stop());
            run.checkpoint().ifPresent(c -> {
                run.progress().message("Resuming " + run.name() + " from " + c.directory());
                trainer.resume(c);
            });
            trainer.run();
            run.progress().endStage();
        }
        return Finished.updates(run.name(), stage.kind(), updates(), prompts.heldOut().size());
    }
}
