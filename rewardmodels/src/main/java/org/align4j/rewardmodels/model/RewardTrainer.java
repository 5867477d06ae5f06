package org.align4j.rewardmodels.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.align4j.core.UserException;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.batch.Reads;
import org.align4j.core.checkpoint.Checkpoint;
import org.align4j.core.checkpoint.CheckpointStore;
import org.align4j.core.data.Group;
import org.align4j.core.model.ForwardPass;
import org.align4j.core.model.Transformer;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.DataOrder;
import org.align4j.core.train.Streams;
import org.align4j.core.train.TrainCheckpoints;
import org.align4j.core.train.TrainListener;
import org.align4j.core.train.TrainSettings;
import org.align4j.core.train.Trainer;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Mean;
import org.align4j.rewardmodels.head.HeadFiles;
import org.align4j.rewardmodels.head.HeadOptimizer;
import org.align4j.rewardmodels.head.RewardHead;
import tools.jackson.databind.JsonNode;

/**
 * Trains a reward model: its head, and its trunk where that has gradients (all weights, or an adapter's); with a trunk that stays frozen on features computed
 * once, if they are given. An update is: forward, head and backward over the micro-batches of a batch, every gradient divided by the count of the whole batch,
 * clipping by the norm of trunk and head together, AdamW. The same settings give the same bits, resumed or not.
 *
 * <p>Metrics: {@code loss}, those of {@link RewardMetrics}, {@code learning_rate}, {@code grad_norm}, {@code num_tokens}; where the language model learns too,
 * {@code loss/head} and {@code loss/language} and that loss's own.
 */
public final class RewardTrainer implements AutoCloseable {
    private static final String HEAD = "head.safetensors";
    private final RewardModel model;
    private final Transformer trunk;
    private final RewardHead head;
    private final RewardObjective objective;
    private final List<RewardGroup> data;
    private final List<Group> groups;
    private final RewardSettings settings;
    private final TrainSettings training;
    private final TrainListener listener;
    private final AdamW optimizer;
    private final HeadOptimizer headOptimizer;
    private final DataOrder order;
    private LanguageObjective language;
    private LanguageObjective heldOutLanguage;
    private FrozenFeatures features;
    private FrozenFeatures heldOutFeatures;
    private List<RewardGroup> heldOut = List.of();
    private CheckpointStore store;
    private String stage = "reward";
    private BooleanSupplier stop = () -> false;
    private long step;
    private long tokens;
    private double[] languageState = new double[0];
    private final Map<String, Mean> sums = new LinkedHashMap<>();

    public RewardTrainer(RewardModel model, RewardObjective objective, List<RewardGroup> data, RewardSettings settings, TrainListener listener) {
        this.model = model;
        this.trunk = model.trunk();
        this.head = model.head();
        this.objective = objective;
        this.data = List.copyOf(data);
        this.groups = data.stream().map(RewardGroup::group).toList();
        this.settings = settings;
        this.training = settings.training();
        this.listener = listener;
        data.forEach(g -> objective.check(g, model.config()));
        optimizer = trunk.gradients() == null ? null : new AdamW(training.optimizer(), trunk.trained(), trunk.gradients(), training.seed());
        headOptimizer = new HeadOptimizer(training.optimizer(), settings.headWeightDecay(), head);
        order = new DataOrder(data.size(), training.batchSize(), training.seed());
        trunk.recompute(training.recompute());
    }

    /**
     * Lets the language model learn beside its head; the trunk must have gradients.
     *
     * @param onHeldOut the same loss with the reference of the held-out data, or null where there are none
     */
    public RewardTrainer language(LanguageObjective value, LanguageObjective onHeldOut) {
        if (optimizer == null) {
            throw new IllegalArgumentException("A language model that is frozen cannot learn beside its head");
        }
        language = value;
        heldOutLanguage = onHeldOut;
        languageState = value.loss().initialState();
        return this;
    }

    /** Data kept for evaluation. */
    public RewardTrainer heldOut(List<RewardGroup> value) {
        value.forEach(g -> objective.check(g, model.config()));
        heldOut = List.copyOf(value);
        return this;
    }

    /**
     * Takes the hidden states of a frozen trunk from here.
     *
     * @param train     of the data
     * @param evaluated of the held-out data; null where there are none
     */
    public RewardTrainer features(FrozenFeatures train, FrozenFeatures evaluated) {
        if (optimizer != null) {
            throw new IllegalArgumentException("Features computed once do not go with a trunk that is trained");
        }
        if (train.size() != data.size()) {
            throw new IllegalArgumentException("There are features of " + train.size() + " groups for " + data.size() + " groups");
        }
        features = train;
        heldOutFeatures = evaluated;
        return this;
    }

    /** Saves to a store under a stage's name. */
    public RewardTrainer checkpoints(CheckpointStore value, String stageName) {
        store = value;
        stage = stageName;
        return this;
    }

    /** Asked after every update; true saves and ends the run with {@link Trainer.Stopped}. */
    public RewardTrainer stopWhen(BooleanSupplier value) {
        stop = value;
        return this;
    }

    /** Continues from a checkpoint of this stage. */
    public void resume(Checkpoint from) {
        JsonNode state = TrainCheckpoints.state(from);
        if (optimizer != null) {
            TrainCheckpoints.readModel(from, "", state, trunk, optimizer);
        }
        HeadFiles.read(from.file(HEAD), head, headOptimizer, state.get("head_steps").asLong());
        step = state.get("step").asLong();
        tokens = state.get("num_tokens").asLong();
        JsonNode carried = state.get("loss_state");
        languageState = new double[carried.size()];
        for (int i = 0; i < carried.size(); i++) {
            languageState[i] = carried.get(i).asDouble();
        }
        sums.clear();
        state.get("sums").properties().forEach(e -> sums.put(e.getKey(), new Mean(e.getValue().get("sum").asDouble(), e.getValue().get("count").asDouble())));
    }

    private void save() {
        Checkpoint c = store.save(training.firstStep() + step, this::write);
        store.prune(training.keepCheckpoints());
        listener.onCheckpoint(training.firstStep() + step, c.directory());
    }

    private void write(Path dir) throws IOException {
        Map<String, Object> state = new LinkedHashMap<>();
        state.put("stage", stage);
        state.put("step", step);
        if (optimizer != null) {
            state.putAll(TrainCheckpoints.writeModel(dir, trunk, optimizer));
        }
        HeadFiles.write(dir.resolve(HEAD), head, headOptimizer);
        state.put("head_steps", headOptimizer.steps());
        state.put("num_tokens", tokens);
        state.put("loss_state", languageState);
        state.put("sums", sums);
        TrainCheckpoints.writeState(dir, state);
    }

    /** Trains to the last update. */
    public void run() {
        if (step == 0) {
            evaluateHeldOut();
        }
        while (step < training.totalSteps()) {
            update();
            boolean last = step == training.totalSteps();
            if (step % training.logEvery() == 0 || last) {
                Map<String, Double> means = new LinkedHashMap<>();
                sums.forEach((k, v) -> means.put(k, v.value()));
                sums.clear();
                listener.onMetrics(training.firstStep() + step, epoch(), means);
            }
            if (last || training.evalEvery() > 0 && step % training.evalEvery() == 0) {
                evaluateHeldOut();
            }
            boolean wanted = stop.getAsBoolean() && !last;
            if (store != null && (wanted || training.saveEvery() > 0 && step % training.saveEvery() == 0 && !last)) {
                save();
            }
            if (wanted) {
                throw new Trainer.Stopped(step, store == null ? Optional.empty() : Optional.of(store.directory()));
            }
        }
    }

    private double epoch() {
        return (double) step / order.stepsPerEpoch();
    }

    /** What the parts of a batch add up to. */
    private static final class Sum {
        private double head;
        private double language;
        private double[] state = new double[0];
        private final RewardMetrics rewards = new RewardMetrics();
        private final Map<String, Mean> metrics = new LinkedHashMap<>();
    }

    private void update() {
        long began = System.nanoTime();
        int[] batch = order.batch(step);
        if (optimizer != null) {
            trunk.gradients().clear();
        }
        head.clearGradients();
        Sum sum = new Sum();
        double count = count(data, batch);
        Batch whole = language == null ? null : language.whole(Arrays.stream(batch).mapToObj(groups::get).toList(), languageState);
        long noise = Streams.of(training.seed(), "dropout", step).nextLong();
        if (count > 0) {
            for (int[] part : cut(groups, batch, training.microBatchTokens())) {
                backward(part, count, whole, noise, sum);
            }
        }
        languageState = sum.state;
        double rate = training.schedule().at(step);
        double norm = apply(rate, batch);
        long seen = 0;
        for (int i : batch) {
            seen += groups.get(i).tokensUnshared();
        }
        step++;
        tokens += seen;
        Map<String, Double> metrics = metrics(sum, language != null);
        metrics.put("learning_rate", rate);
        metrics.put("grad_norm", norm);
        listener.onStep(step, training.totalSteps(), metrics.get("loss"), metrics, seen, (System.nanoTime() - began) * 1e-9);
        metrics.forEach((k, v) -> sums.merge(k, Mean.of(v), Mean::plus));
        sums.put("num_tokens", Mean.of(tokens));
    }

    private Map<String, Double> metrics(Sum sum, boolean both) {
        Map<String, Double> m = new LinkedHashMap<>();
        m.put("loss", settings.headWeight() * sum.head + (both ? settings.languageWeight() * sum.language : 0));
        if (both) {
            m.put("loss/head", sum.head);
            m.put("loss/language", sum.language);
        }
        m.putAll(sum.rewards.map());
        sum.metrics.forEach((k, v) -> {
            if (v.count() > 0) {
                m.put(k, v.value());
            }
        });
        return m;
    }

    private double apply(double rate, int[] batch) {
        try {
            double trunkNorm = optimizer == null ? 0 : optimizer.gradientNorm();
            double norm = Math.sqrt(trunkNorm * trunkNorm + headOptimizer.squaredNorm());
            double scale = training.optimizer().scale(norm);
            if (optimizer != null) {
                optimizer.step(rate, norm);
            }
            headOptimizer.step(rate, scale);
            return norm;
        } catch (ArithmeticException e) {
            throw new UserException(e.getMessage() + " at update " + (step + 1) + " of " + stage + ", whose batch begins with " + groups.get(batch[0]).at()
                    + ". The weights have not been changed. Lower learning_rate, or look at that batch's data.", e);
        }
    }

    private double count(List<RewardGroup> from, int[] batch) {
        double n = 0;
        for (int i : batch) {
            n += objective.count(from.get(i));
        }
        return n;
    }

    /** The end of a micro-batch that begins at {@code from}: as many groups as have {@code tokens} tokens, at least one. */
    static int end(List<Group> groups, int from, int to, int tokens) {
        int end = from + 1;
        for (int n = groups.get(from).tokens(); end < to && n + groups.get(end).tokens() <= tokens; end++) {
            n += groups.get(end).tokens();
        }
        return end;
    }

    private static List<int[]> cut(List<Group> all, int[] batch, int tokens) {
        List<Group> some = Arrays.stream(batch).mapToObj(all::get).toList();
        List<int[]> parts = new ArrayList<>();
        for (int from = 0; from < batch.length;) {
            int to = end(some, from, batch.length, tokens);
            parts.add(Arrays.copyOfRange(batch, from, to));
            from = to;
        }
        return parts;
    }

    private void backward(int[] part, double count, Batch whole, long noise, Sum sum) {
        List<Group> some = Arrays.stream(part).mapToObj(groups::get).toList();
        long[] names = new long[part.length];
        for (int i = 0; i < names.length; i++) {
            names[i] = new SplittableRandom(noise ^ (part[i] + 1L) * 0x9E3779B97F4A7C15L).nextLong();
        }
        if (features != null) {
            head.backward(head(data, part, features.rows(part), rowNames(some, names), count, sum));
            return;
        }
        PackedBatch packed = PackedBatch.reading(some, Reads.CLOSING, language != null);
        try (ForwardPass pass = optimizer == null ? trunk.inspect(packed, null) : trunk.forward(packed, names)) {
            double[] gradient = null;
            if (language != null) {
                gradient = new double[packed.targets().length];
                add(language.evaluate(part, packed, pass.logProbs(), whole, settings.languageWeight(), gradient), sum);
            }
            float[] states = head.backward(head(data, part, pass.hidden(), rowNames(some, names), count, sum));
            if (optimizer != null) {
                pass.backward(gradient, states);
            }
        }
    }

    private static void add(Evaluation e, Sum sum) {
        sum.language += e.loss();
        sum.state = e.state();
        e.metrics().forEach((k, v) -> sum.metrics.merge(k, v, Mean::plus));
    }

    /** A name for every response, from its group's. */
    private static long[] rowNames(List<Group> groups, long[] names) {
        List<Long> rows = new ArrayList<>();
        for (int g = 0; g < names.length; g++) {
            for (int r = 0; r < groups.get(g).responses().size(); r++) {
                rows.add(names[g] + r * 0x9E3779B97F4A7C15L);
            }
        }
        return rows.stream().mapToLong(Long::longValue).toArray();
    }

    /** Runs the head over some groups' states and returns the gradient of its outputs. */
    private float[] head(List<RewardGroup> from, int[] part, float[] states, long[] names, double count, Sum sum) {
        int m = head.settings().outputs();
        float[] found = head.forward(states, names);
        float[] gradient = new float[found.length];
        int at = 0;
        for (int i : part) {
            int n = from.get(i).group().responses().size();
            double[][] outputs = new double[n][m];
            for (int k = 0; k < n * m; k++) {
                if (!Float.isFinite(found[at + k])) {
                    throw new UserException("The head gives " + found[at + k] + " in the example at " + from.get(i).group().at() + ", update " + (step + 1) + " of " + stage
                            + ". Training has diverged: lower learning_rate, or go back to an earlier checkpoint.");
                }
                outputs[k / m][k % m] = found[at + k];
            }
            double[][] g = new double[n][m];
            sum.head += objective.value(from.get(i), outputs, model.config(), g, sum.rewards) / count;
            for (int k = 0; k < n * m; k++) {
                gradient[at + k] = (float) (settings.headWeight() * g[k / m][k % m] / count);
            }
            at += n * m;
        }
        return gradient;
    }

    /**
     * Metrics over groups, without dropout; nothing is trained.
     *
     * @param from their hidden states, where they have been computed already, or null
     */
    public Map<String, Double> evaluate(List<RewardGroup> on, FrozenFeatures from) {
        return evaluate(on, from, null);
    }

    private Map<String, Double> evaluate(List<RewardGroup> on, FrozenFeatures from, LanguageObjective beside) {
        List<Group> all = on.stream().map(RewardGroup::group).toList();
        int[] every = new int[on.size()];
        Arrays.setAll(every, i -> i);
        double count = Math.max(1, count(on, every));
        Batch whole = beside == null ? null : beside.whole(all, languageState);
        Sum sum = new Sum();
        for (int[] part : cut(all, every, training.microBatchTokens())) {
            if (from != null) {
                head(on, part, from.rows(part), null, count, sum);
                continue;
            }
            PackedBatch packed = PackedBatch.reading(Arrays.stream(part).mapToObj(all::get).toList(), Reads.CLOSING, beside != null);
            try (ForwardPass pass = trunk.inspect(packed, null)) {
                head(on, part, pass.hidden(), null, count, sum);
                if (beside != null) {
                    add(beside.evaluate(part, packed, pass.logProbs(), whole, 1, new double[packed.targets().length]), sum);
                }
            }
        }
        return metrics(sum, beside != null);
    }

    private void evaluateHeldOut() {
        if (heldOut.isEmpty()) {
            return;
        }
        Map<String, Double> named = new LinkedHashMap<>();
        evaluate(heldOut, heldOutFeatures, heldOutLanguage).forEach((k, v) -> named.put("eval_" + k, v));
        listener.onEvaluation(training.firstStep() + step, epoch(), named);
    }

    @Override
    public void close() {
        if (optimizer != null) {
            optimizer.close();
        }
    }
}
