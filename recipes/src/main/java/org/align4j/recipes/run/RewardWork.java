package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.PeftFiles;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.DataReport;
import org.align4j.core.data.Group;
import org.align4j.core.data.Text;
import org.align4j.core.model.MemoryPlan;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.Streams;
import org.align4j.core.train.TrainSettings;
import org.align4j.losses.pair.DpoLoss;
import org.align4j.losses.supervised.NllLoss;
import org.align4j.recipes.recipe.AdapterSpec;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.Reward;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.head.HeadSettings;
import org.align4j.rewardmodels.model.FrozenFeatures;
import org.align4j.rewardmodels.model.LanguageObjective;
import org.align4j.rewardmodels.model.RewardGroup;
import org.align4j.rewardmodels.model.RewardModel;
import org.align4j.rewardmodels.model.RewardSettings;
import org.align4j.rewardmodels.model.RewardTrainer;

/** Trains a reward model from the model as it stands, or from another reward model, and leaves it in {@code stages/NAME}. */
final class RewardWork implements StageWork {
    /** What a finished stage says it leaves. */
    static final String LEAVES = "reward_model";
    private final Recipe recipe;
    private final Reward stage;
    private final int index;
    private final RewardData data;
    private final AdapterPlan adapter;
    private final TrainSettings settings;
    private final MemoryPlan memory;

    RewardWork(Recipe recipe, Reward stage, int index, ModelSession session) {
        this.recipe = recipe;
        this.stage = stage;
        this.index = index;
        data = RewardData.load(recipe, stage, session);
        boolean bf16 = session.backend().precision() == Precision.BF16;
        adapter = stage.training().adapter().map(a -> AdapterPlan.of(a, null, bf16)).orElse(null);
        TrainSettings s = StagePlan.settings(stage.training(), data.train().size(), recipe.seed() + index);
        int longest = data.train().stream().mapToInt(g -> g.group().tokens()).max().orElse(0);
        long batch = Math.max(longest, Math.min(s.microBatchTokens(), (long) s.batchSize() * longest));
        ModelConfig config = session.config();
        long limit = MemoryLimit.bytes(recipe);
        MemoryPlan all = memory(config, s, bf16, batch, longest);
        int blocks = stage.freeze() ? 0 : StagePlan.recomputed(stage.training().gradientCheckpointing(), all, config, batch, limit, Planned.name(index, stage));
        settings = s.recomputing(blocks);
        memory = stage.freeze() ? all : all.recomputing(config, blocks, batch);
        if (memory.total() > limit) {
            throw new UserException("The stage " + Planned.name(index, stage) + " would need about " + memory.describe() + ", more than there is or than memory: allows."
                    + " Lower micro_batch_tokens (" + s.microBatchTokens() + ") or max_length, train an adapter, or freeze the model.");
        }
        stage.init().ifPresent(dir -> requireFits(dir, session));
    }

    /** Beside what is trained there is the model that goes on to the next stage. */
    private MemoryPlan memory(ModelConfig config, TrainSettings s, boolean bf16, long batch, int longest) {
        MemoryPlan m = adapter == null ? MemoryPlan.of(config, 0, batch, longest) : adapter.memory(config, s.optimizer().moments(), batch, longest);
        long own = adapter != null ? m.weights() : stage.freeze() ? 0 : 8 * config.parameterCount() + s.optimizer().bytes(new ParameterLayout(config));
        MemoryPlan plan = new MemoryPlan(own, 4 * config.parameterCount(), stage.freeze() ? 0 : m.activations(), m.scratch());
        return bf16 ? plan.halfProducts(config) : plan;
    }

    private static void requireFits(Path init, ModelSession session) {
        if (!RewardModel.holds(init)) {
            throw new UserException(init + " holds no reward model. Give the directory of one as init, or remove init to begin with a new head.");
        }
        try (RewardModel m = RewardModel.open(init, session.backend())) {
            if (m.trunk().config().vocabSize() != session.config().vocabSize()) {
                throw new UserException("The reward model in " + init + " has a vocabulary of " + m.trunk().config().vocabSize() + " tokens, the recipe's model one of "
                        + session.config().vocabSize() + "; both must have the same tokenizer. Give the model the reward model was trained from.");
            }
        }
    }

    @Override
    public String describe() {
        String how = stage.freeze() ? "the head alone" : adapter != null ? "an adapter of rank " + adapter.lora().rank() : "all weights";
        return String.format(Locale.ROOT, "%-12s %s, %s%s: %,d groups (%,d held out), %,d updates of %d, learning rate %s; memory: %s", Planned.name(index, stage),
                stage.objective().name(), how, stage.learns() ? ", the language model by " + stage.language().orElseThrow().name().toLowerCase(Locale.ROOT) : "", data.train().size(),
                data.heldOut().size(), settings.totalSteps(), settings.batchSize(), stage.training().learningRate(), memory.describe())
                + Budgets.words(data.bought(), false, data.dropped());
    }

    @Override
    public Map<Path, DataReport> reports() {
        return data.reports();
    }

    @Override
    public Optional<Budgets.Bought> bought() {
        return data.bought();
    }

    @Override
    public Map<String, Object> rows() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("trained_on", data.train().size());
        m.put("held_out", data.heldOut().size());
        m.putAll(Budgets.report(data.bought(), false, data.dropped()));
        return m;
    }

    @Override
    public Map<String, String> models() {
        return stage.init().map(dir -> Map.of(dir.toString(), Beside.weights(dir))).orElse(Map.of());
    }

    @Override
    public Map<String, Object> chosen() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("recomputed_blocks", settings.recompute());
        m.put("planned_bytes", memory.total());
        return m;
    }

    /** What is closed when the stage is over, the last first. */
    private static final class Opened implements AutoCloseable {
        private final List<AutoCloseable> all = new ArrayList<>();

        <T extends AutoCloseable> T add(T value) {
            all.add(0, value);
            return value;
        }

        @Override
        public void close() {
            for (AutoCloseable c : all) {
                try {
                    c.close();
                } catch (RuntimeException e) {
                    throw e;
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    @Override
    public Finished run(StageRun run) {
        ModelSession session = run.session();
        run.progress().message(describe());
        session.gradients(false);
        Path directory = run.files().stages().resolve(run.name());
        try (Opened opened = new Opened(); MetricsLog metrics = run.log().open(run)) {
            RewardModel model = model(session, opened);
            RewardSettings s = new RewardSettings(settings.startingAt(run.firstStep()), stage.headWeight(), stage.languageWeight().orElse(1.0), stage.headWeightDecay().orElseThrow());
            RewardTrainer trainer = opened.add(new RewardTrainer(model, stage.objective(), data.train(), s, run.log().listener(run, settings.totalSteps(), metrics)));
            trainer.heldOut(data.heldOut()).checkpoints(run.store(), run.name()).stopWhen(run.stop());
            if (stage.freeze()) {
                trainer.features(features(run, model, data.train(), opened), data.heldOut().isEmpty() ? null : features(run, model, data.heldOut(), opened));
            }
            if (stage.learns()) {
                // The model that goes on to the next stage stays as it is, and so is the reference.
                LanguageObjective language = stage.language().orElseThrow() == Reward.Beside.SFT ? new LanguageObjective(new NllLoss(), null)
                        : new LanguageObjective(new DpoLoss(stage.beta().orElseThrow()), (indices, batch) -> session.model().logProbs(batch));
                trainer.language(language, data.heldOut().isEmpty() ? null : language);
            }
            run.checkpoint().ifPresent(c -> {
                run.progress().message("Resuming " + run.name() + " from " + c.directory());
                trainer.resume(c);
            });
            trainer.run();
            run.progress().endStage();
            publish(run, session, model, directory);
        }
        return Finished.updates(run.name(), stage.kind(), settings.totalSteps(), data.heldOut().size()).leaving(run.files(), LEAVES, directory);
    }

    private void publish(StageRun run, ModelSession session, RewardModel model, Path directory) {
        RewardModel result = stage.normalize().isPresent() ? model.normalized(sample(stage.normalize().get())) : model;
        if (stage.learns()) {
            result.saveBesideLanguageModel(directory, session.storedType(), session.companions());
        } else {
            result.save(directory, session.storedType(), session.companions());
        }
        List<Map<String, Double>> evaluations = MetricsLog.read(run.files().metrics()).stream().filter(l -> l.stage().equals(run.name()) && l.values().containsKey("eval_loss"))
                .map(MetricsLog.Line::values).toList();
        RewardCard.write(directory, run, stage, result.config(), data, evaluations.isEmpty() ? Map.of() : evaluations.get(0),
                evaluations.isEmpty() ? Map.of() : evaluations.get(evaluations.size() - 1));
        run.progress().message("Reward model in " + directory);
    }

    /** The first training groups that have so many responses. */
    private List<Question> sample(int responses) {
        List<Question> list = new ArrayList<>();
        int n = 0;
        for (RewardGroup g : data.train()) {
            if (n >= responses) {
                break;
            }
            List<Answer> answers = g.group().responses().stream().map(r -> new Answer("", r.ids(), r.ended())).toList();
            list.add(new Question(new Text.Ids(g.group().prompt()), answers, null));
            n += answers.size();
        }
        return list;
    }

    private FrozenFeatures features(StageRun run, RewardModel model, List<RewardGroup> groups, Opened opened) {
        List<Group> plain = groups.stream().map(RewardGroup::group).toList();
        run.progress().message("Hidden states of " + plain.size() + " groups, computed once and kept in " + run.files().cache());
        return opened.add(FrozenFeatures.of(model.trunk(), plain, settings.microBatchTokens(), run.files().cache(), done -> { }));
    }

    /** The reward model to train: its head and its trunk, which is frozen, a copy with gradients, or frozen under an adapter. */
    private RewardModel model(ModelSession session, Opened opened) {
        RewardModel start = opened.add(start(session));
        Transformer below = start.trunk();
        if (below.adapter() != null && (stage.freeze() || adapter != null)) {
            throw new UserException("The stage " + Planned.name(index, stage) + " needs a whole model under its head, and the stage before keeps an adapter. Let that one have then: merge.");
        }
        if (stage.freeze()) {
            return start;
        }
        if (adapter != null) {
            AdapterSpec spec = adapter.spec();
            LoraAdapter lora = opened.add(spec.init().isPresent() ? PeftFiles.read(spec.init().get(), below.config(), session.backend(), true)
                    : LoraAdapter.fresh(adapter.lora(), below.config(), below.values(), Streams.of(recipe.seed(), "adapter", index)));
            return start.on(Transformer.adapted(below.config(), below.values(), lora));
        }
        if (below.values().quantized()) {
            throw new UserException("The stage " + Planned.name(index, stage) + " trains all weights of a model that is held in four bits. Train an adapter, or freeze the model.");
        }
        Parameters values = opened.add(below.values().copy(DType.F32));
        if (below.adapter() instanceof LoraAdapter kept) {
            kept.mergeInto(values);
        }
        Parameters gradients = opened.add(new Parameters(session.backend(), values.layout(), DType.F32));
        gradients.fill(0f);
        return start.on(new Transformer(below.config(), values, gradients));
    }

    private RewardModel start(ModelSession session) {
        if (stage.init().isPresent()) {
            return RewardModel.open(stage.init().get(), session.backend());
        }
        List<String> outputs = stage.attributes().orElse(List.of("reward"));
        int d = session.config().hiddenSize();
        HeadSettings head = stage.head().orElseThrow() == Reward.Head.POOLER ? HeadSettings.pooler(d, outputs.size(), stage.headDropout().orElseThrow())
                : HeadSettings.linear(d, outputs.size());
        return RewardModel.fresh(session.model(), session.encoder(), head, outputs, Streams.of(recipe.seed(), "head", index));
    }
}
