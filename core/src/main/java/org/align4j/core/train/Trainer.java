package org.align4j.core.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import org.align4j.core.UserException;
import org.align4j.core.checkpoint.Checkpoint;
import org.align4j.core.checkpoint.CheckpointStore;
import org.align4j.core.data.Group;
import org.align4j.core.model.ForwardPass;
import org.align4j.core.model.Transformer;
import org.align4j.losses.Batch;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Mean;
import org.align4j.losses.Needs.Extra;

/**
 * Trains a model on a loss. An update is: forward and backward over the micro-batches of a batch, every gradient divided by the global count
 * of the batch, clipping, AdamW. The same settings give the same bits, resumed or not.
 */
public final class Trainer implements AutoCloseable {
    private Transformer model;
    private final Loss loss;
    private final Reference reference;
    private final List<Group> data;
    private final TrainSettings settings;
    private final TrainListener listener;
    private final AdamW optimizer;
    private final SleepingBlocks sleep;
    private final DataOrder order;
    private final TrainProgress progress = new TrainProgress();
    private final boolean prompts;
    private final boolean collision;
    private HeldOutData heldOut;
    private CheckpointStore store;
    private String stage = "train";
    private BooleanSupplier stop = () -> false;

    /** Data kept for evaluation, with its own reference (null when the loss needs none). */
    public record HeldOutData(List<Group> groups, Reference reference) {}

    /**
     * @param model     with gradients, unless the settings have LISA: then gradients are made here, of what trains only
     * @param reference null when the loss needs none
     */
    public Trainer(Transformer model, Loss loss, Reference reference, List<Group> data, TrainSettings settings, TrainListener listener) {
        if (loss.needs().reference() && reference == null) {
            throw new IllegalArgumentException(loss.name() + " needs a reference");
        }
        checkMismatched(loss, data);
        if (loss.needs().reference() && reference.changing() != null && !reference.changing().layout().same(model.trained().layout())) {
            throw new IllegalArgumentException("A reference that follows the policy must be a copy of what is trained: of all weights, or of the adapter");
        }
        this.prompts = loss.needs().needs(Extra.PROMPT);
        this.collision = loss.needs().needs(Extra.COLLISION);
        this.model = model;
        this.loss = loss;
        this.reference = loss.needs().reference() ? reference : null;
        this.data = data;
        this.settings = settings;
        this.listener = listener;
        if (settings.lisa() != null && model.adapter() != null) {
            throw new IllegalArgumentException("LISA trains the blocks themselves; it does not go with an adapter");
        }
        if (settings.lisa() == null) {
            this.sleep = null;
            this.optimizer = new AdamW(settings.optimizer(), model.trained(), model.gradients(), false, settings.seed());
        } else {
            this.sleep = new SleepingBlocks(settings.lisa(), model, settings.seed());
            this.model = sleep.model();
            this.optimizer = new AdamW(settings.optimizer(), model.values(), this.model.gradients(), settings.lisa().keepMoments(), settings.seed());
        }
        this.model.recompute(settings.recompute());
        this.progress.lossState = loss.initialState();
        this.order = new DataOrder(data.size(), settings.batchSize(), settings.seed());
    }

    private static void checkMismatched(Loss loss, List<Group> groups) {
        if (loss.needs().needs(Extra.MISMATCHED)) {
            groups.stream().filter(g -> g.responses().size() < 2).findFirst().ifPresent(g -> {
                throw new IllegalArgumentException(loss.name() + " needs a second response from another prompt in every group (Mismatched.pair gives it),"
                        + " the group at " + g.at() + " has none");
            });
        }
    }

    public Trainer heldOut(HeldOutData value) {
        checkMismatched(loss, value.groups());
        heldOut = value;
        return this;
    }

    /** Saves to a store under a stage's name, which the newest checkpoint must have for {@link #resume}. */
    public Trainer checkpoints(CheckpointStore value, String stageName) {
        store = value;
        stage = stageName;
        return this;
    }

    /** Asked after every update; true saves and ends the run with {@link Stopped}. */
    public Trainer stopWhen(BooleanSupplier value) {
        stop = value;
        return this;
    }

    /** Thrown after a requested stop; the checkpoint has been written. */
    public static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Optional<java.nio.file.Path> saved;

        /** @param saved where the run was saved, if it was */
        public Stopped(long step, Optional<java.nio.file.Path> saved) {
            super("stopped after update " + step);
            this.saved = saved;
        }

        /** Where the run was saved, if it was. */
        public Optional<java.nio.file.Path> saved() {
            return saved;
        }
    }

    /** Continues from a checkpoint of this stage. */
    public void resume(Checkpoint from) {
        wake(Math.max(0, TrainCheckpoints.step(from) - 1));
        TrainCheckpoints.read(from, model, optimizer, progress, reference == null ? null : reference.changing());
    }

    /** Trains to the last update. */
    public void run() {
        if (progress.step == 0) {
            evaluateHeldOut();
        }
        while (progress.step < settings.totalSteps()) {
            update();
            long done = progress.step;
            boolean last = done == settings.totalSteps();
            if (done % settings.logEvery() == 0 || last) {
                listener.onMetrics(settings.firstStep() + done, epoch(), progress.drain());
            }
            if (last || settings.evalEvery() > 0 && done % settings.evalEvery() == 0) {
                evaluateHeldOut();
            }
            boolean wanted = stop.getAsBoolean() && !last;
            if (store != null && (wanted || settings.saveEvery() > 0 && done % settings.saveEvery() == 0 && !last)) {
                save();
            }
            if (wanted) {
                throw new Stopped(done, store == null ? Optional.empty() : Optional.of(store.directory()));
            }
        }
    }

    private double epoch() {
        return (double) progress.step / order.stepsPerEpoch();
    }

    private void save() {
        Checkpoint c = store.save(settings.firstStep() + progress.step,
                dir -> TrainCheckpoints.write(dir, model, optimizer, progress, stage, reference == null ? null : reference.changing()));
        store.prune(settings.keepCheckpoints());
        listener.onCheckpoint(settings.firstStep() + progress.step, c.directory());
    }

    private void update() {
        long began = System.nanoTime();
        int[] batch = order.batch(progress.step);
        wake(progress.step);
        model.gradients().clear();
        Totals totals = new Totals();
        List<MicroBatch> micros = MicroBatch.cut(data, batch, settings.microBatchTokens(), prompts);
        Batch whole = MicroBatch.counts(data, batch, prompts).withState(progress.lossState);
        if (loss.needs().needs(Extra.BATCH)) {
            coupled(micros, whole, totals);
        } else {
            for (MicroBatch micro : micros) {
                backward(micro, whole, totals);
            }
        }
        progress.lossState = totals.state();
        double rate = settings.schedule().at(progress.step);
        double norm = apply(rate, batch);
        long tokens = 0;
        for (int i : batch) {
            tokens += data.get(i).tokensUnshared();
        }
        progress.step++;
        progress.tokens += tokens;
        if (reference != null) {
            reference.updated(progress.step, model.trained());
        }
        Map<String, Double> metrics = totals.means();
        metrics.put("learning_rate", rate);
        metrics.put("grad_norm", norm);
        double seconds = (System.nanoTime() - began) * 1e-9;
        listener.onStep(progress.step, settings.totalSteps(), totals.loss(), metrics, tokens, seconds);
        progress.add(metrics);
        progress.sums.put("num_tokens", Mean.of(progress.tokens));
    }

    private void wake(long step) {
        if (sleep != null && sleep.moveTo(step)) {
            model = sleep.model();
            model.recompute(settings.recompute());
            optimizer.switchTo(model.gradients());
        }
    }

    /** What the dropout of this update follows from. */
    private long noise() {
        return Streams.of(settings.seed(), "dropout", progress.step).nextLong();
    }

    private double apply(double rate, int[] batch) {
        try {
            return optimizer.step(rate);
        } catch (ArithmeticException e) {
            throw new UserException(e.getMessage() + " at update " + (progress.step + 1) + " of " + stage + ", whose batch begins with "
                    + data.get(batch[0]).at() + ". The weights have not been changed. Lower learning_rate, or look at that batch's data.", e);
        }
    }

    private void backward(MicroBatch micro, Batch whole, Totals totals) {
        double[] ref = reference == null ? null : reference.logProbs(micro.indices(), micro.packed());
        OptionalDouble constant = loss.constantGradient(whole);
        try (ForwardPass pass = model.forward(micro.packed(), micro.noise(noise()))) {
            if (constant.isPresent() && !prompts && !collision && micro.packed().groups().stream().allMatch(g -> g.responses().size() == 1)) {
                double[] gradient = new double[micro.packed().targets().length];
                java.util.Arrays.fill(gradient, constant.getAsDouble());
                pass.backwardKnown(gradient);
                totals.add(loss, examples(micro, pass, ref), whole);
                return;
            }
            pass.backward(micro.gradient(totals.add(loss, examples(micro, pass, ref), whole)));
        }
    }

    /** A batch whose examples are coupled: all log-probabilities first, then the loss, then every piece forward again and back. */
    private void coupled(List<MicroBatch> micros, Batch whole, Totals totals) {
        if (micros.size() == 1) {
            backward(micros.get(0), whole, totals);
            return;
        }
        List<Example> all = new ArrayList<>();
        for (MicroBatch micro : micros) {
            all.addAll(inspect(micro, reference, micro.noise(noise())));
        }
        List<double[][]> gradients = totals.add(loss, all, whole);
        int from = 0;
        for (MicroBatch micro : micros) {
            int to = from + micro.indices().length;
            try (ForwardPass pass = model.forward(micro.packed(), micro.noise(noise()))) {
                pass.backward(micro.gradient(gradients.subList(from, to)));
            }
            from = to;
        }
    }

    private List<Example> inspect(MicroBatch micro, Reference against, long[] noise) {
        double[] ref = against == null ? null : against.logProbs(micro.indices(), micro.packed());
        try (ForwardPass pass = model.inspect(micro.packed(), noise)) {
            return examples(micro, pass, ref);
        }
    }

    private List<Example> examples(MicroBatch micro, ForwardPass pass, double[] ref) {
        double[] squares = collision ? pass.collision() : null;
        double[] logProbs = pass.logProbs();
        for (int t = 0; t < logProbs.length; t++) {
            if (!Double.isFinite(logProbs[t])) {
                int g = 0;
                while (g + 1 < micro.indices().length && micro.packed().starts()[g + 1][0] <= t) {
                    g++;
                }
                throw new UserException("The model gives the log-probability " + logProbs[t] + " in the example at " + micro.packed().groups().get(g).at()
                        + ", update " + (progress.step + 1) + " of " + stage + ". Training has diverged: lower learning_rate, or go back to an earlier checkpoint.");
            }
        }
        return micro.examples(logProbs, ref, squares);
    }

    private void evaluateHeldOut() {
        if (heldOut == null || heldOut.groups().isEmpty()) {
            return;
        }
        Totals totals = new Totals();
        int[] all = new int[heldOut.groups().size()];
        java.util.Arrays.setAll(all, i -> i);
        Batch whole = MicroBatch.counts(heldOut.groups(), all, prompts).withState(progress.lossState);
        List<Example> gathered = new ArrayList<>();
        for (MicroBatch micro : MicroBatch.cut(heldOut.groups(), all, settings.microBatchTokens(), prompts)) {
            List<Example> examples = inspect(micro, reference == null ? null : heldOut.reference(), null);
            if (loss.needs().needs(Extra.BATCH)) {
                gathered.addAll(examples);
            } else {
                totals.add(loss, examples, whole);
            }
        }
        if (!gathered.isEmpty()) {
            totals.add(loss, gathered, whole);
        }
        Map<String, Double> named = new LinkedHashMap<>();
        totals.means().forEach((k, v) -> named.put("eval_" + k, v));
        listener.onEvaluation(settings.firstStep() + progress.step, epoch(), named);
    }

    @Override
    public void close() {
        optimizer.close();
        if (sleep != null) {
            sleep.close();
        }
    }
}
