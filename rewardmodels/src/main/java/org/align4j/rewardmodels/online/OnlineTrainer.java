package org.align4j.rewardmodels.online;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.align4j.core.UserException;
import org.align4j.core.checkpoint.Checkpoint;
import org.align4j.core.checkpoint.CheckpointStore;
import org.align4j.core.generate.Progress;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.model.Transformer;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.Reference;
import org.align4j.core.train.Streams;
import org.align4j.core.train.TrainCheckpoints;
import org.align4j.core.train.Trainer;
import org.align4j.losses.Mean;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.sampling.Prompt;
import tools.jackson.databind.JsonNode;

/**
 * Trains a policy on its own answers. An iteration: prompts are answered by sampling, answers scored, log-probabilities taken under policy and reference;
 * then epochs of mini-batches, each one update of the optimiser, whose gradients are divided once by the mini-batch's global counts however it is cut into
 * pieces.
 *
 * <p>The same settings give the same bits, resumed or not: checkpoints may be taken after any update, those inside an iteration hold its rollouts. A stop that
 * is asked for while responses are sampled saves the weights before them; they are sampled again, alike.
 */
public final class OnlineTrainer implements AutoCloseable {
    private static final String POLICY = "policy";
    private static final String CRITIC = "critic";
    private static final String ONLINE = "online";
    private static final String OBJECTIVE = "objective";

    private final Transformer policy;
    private final Objective objective;
    private final RolloutSettings sampling;
    private final OnlineSettings settings;
    private final RolloutMaker maker;
    private final Reward reward;
    private final Function<int[], String> decoder;
    private final AdamW optimizer;
    private final double prompts;
    private final OnlineState state = new OnlineState();
    private Reference reference;
    private Critic critic;
    private RolloutMaker heldOut;
    private Rollouts rollouts;
    private OnlineListener listener = new OnlineListener() { };
    private CheckpointStore store;
    private String stage = "online";
    private BooleanSupplier stop = () -> false;

    /** Ends a generation that was asked to stop. */
    private static final class StopSampling extends RuntimeException {
        private static final long serialVersionUID = 1L;

        StopSampling() {
            super(null, null, false, false);
        }
    }

    /**
     * @param policy  with gradients; its temperature is set to that of sampling, and back to 1 by {@link #close}
     * @param reward  scores answers; owned by the caller
     * @param decoder text of tokens, as the reward sees it; for rewards that read tokens it may give anything
     */
    public OnlineTrainer(Transformer policy, Objective objective, Reward reward, Function<int[], String> decoder, List<Prompt> prompts, RolloutSettings sampling,
            OnlineSettings settings) {
        require(policy.gradients() != null, "a policy with gradients", "a frozen one");
        require(!prompts.isEmpty(), "at least one prompt", "none");
        require(sampling.samples() >= objective.minSamples(), objective.minSamples() + " or more responses per prompt for " + objective.name(), sampling.samples());
        require(settings.miniBatches() <= sampling.prompts(), "at most as many mini-batches as prompts per iteration, " + sampling.prompts(), settings.miniBatches());
        require(!objective.onPolicy() || settings.updatesPerIteration() == 1, "one update per iteration for " + objective.name()
                + ", whose responses must be samples of the policy they update", settings.updatesPerIteration());
        this.policy = policy;
        this.objective = objective;
        this.reward = reward;
        this.decoder = decoder;
        this.sampling = sampling;
        this.settings = settings;
        this.prompts = prompts.size();
        maker = new RolloutMaker(prompts, sampling, reward, decoder, settings.microBatchTokens(), settings.seed(), "rollout");
        optimizer = new AdamW(settings.optimizer(), policy.trained(), policy.gradients(), settings.seed());
        state.klCoefficient = objective.kl().rewards().coefficient();
        policy.temperature(sampling.sampling().temperature());
    }

    private static void require(boolean held, String what, Object found) {
        if (!held) {
            throw new IllegalArgumentException("online training: required is " + what + ", found " + found);
        }
    }

    /** What the policy is held to and measured against; at the temperature of sampling, see {@link OnlineReference}. Owned by the caller. */
    public OnlineTrainer reference(Reference value) {
        reference = value;
        return this;
    }

    /** PPO's value function; closed with this. */
    public OnlineTrainer critic(Critic value) {
        critic = value;
        return this;
    }

    public OnlineTrainer listener(OnlineListener value) {
        listener = value;
        return this;
    }

    /** Prompts that are answered once each, always with the same random numbers, before, after and in between. */
    public OnlineTrainer heldOut(List<Prompt> value) {
        SamplingOptions s = sampling.sampling();
        heldOut = value.isEmpty() ? null : new RolloutMaker(value, new RolloutSettings(value.size(), 1, s, sampling.limits(), sampling.unfinished(), ScoreShaping.NONE), reward,
                decoder, settings.microBatchTokens(), settings.seed(), "evaluation");
        return this;
    }

    /** Saves to a store under a stage's name. */
    public OnlineTrainer checkpoints(CheckpointStore value, String stageName) {
        store = value;
        stage = stageName;
        return this;
    }

    /** Asked after every update and while responses are sampled; true saves and ends the run with {@link Trainer.Stopped}. */
    public OnlineTrainer stopWhen(BooleanSupplier value) {
        stop = value;
        return this;
    }

    /** Continues from a checkpoint of this stage. */
    public void resume(Checkpoint from) {
        JsonNode saved = TrainCheckpoints.state(from);
        String found = saved.path(OBJECTIVE).asString("none");
        if (!found.equals(objective.name())) {
            throw new UserException("The checkpoint " + from.directory() + " is of " + found + ", required is one of " + objective.name()
                    + ". Resume with the settings the run was started with.");
        }
        TrainCheckpoints.readModel(from, "", saved.get(POLICY), policy, optimizer);
        if (critic != null) {
            critic.read(from, saved.get(CRITIC));
        }
        state.read(saved.get(ONLINE));
        rollouts = from.files().containsKey(RolloutFiles.NAME) ? RolloutFiles.read(from.file(RolloutFiles.NAME)) : null;
    }

    /** Trains to the last iteration. */
    public void run() {
        require(reference != null || !objective.needsReference(), "a reference for " + objective.name() + " with these coefficients", "none");
        require(critic != null == objective.needsValues(), objective.needsValues() ? "a value function for ppo" : "no value function for " + objective.name(),
                critic == null ? "none" : "one");
        try {
            if (!state.evaluated) {
                evaluate();
                state.evaluated = true;
            }
            while (state.iteration < settings.iterations()) {
                iterate();
            }
        } catch (StopSampling e) {
            rollouts = null;
            throw stopped();
        }
    }

    private long step() {
        return state.iteration * settings.updatesPerIteration() + state.update;
    }

    /** Makes the rollouts where a checkpoint did not hold them, and goes through the updates that are left. */
    private void iterate() {
        long began = System.nanoTime();
        if (rollouts == null) {
            rollouts = make();
            listener.onRollouts(state.iteration, rollouts);
        }
        Objective.Targets targets = objective.targets(rollouts, state.klCoefficient);
        if (state.update == 0) {
            RolloutMetrics.of(rollouts, objective.kl().at(state.klCoefficient)).forEach(state::add);
            targets.metrics().forEach(state::add);
        }
        while (true) {
            long before = step();
            boolean made = update(targets, began);
            state.windowSeconds += (System.nanoTime() - began) * 1e-9;
            began = System.nanoTime();
            state.update++;
            boolean over = !made || state.update == settings.updatesPerIteration();
            if (over) {
                finish(made);
            }
            boolean last = state.iteration == settings.iterations();
            boolean wanted = stop.getAsBoolean() && !last;
            if (store != null && !last && (wanted || settings.saveEvery() > 0 && step() / settings.saveEvery() > before / settings.saveEvery())) {
                save();
            }
            if (wanted) {
                throw new Trainer.Stopped(step(), Optional.ofNullable(store).map(CheckpointStore::directory));
            }
            if (over) {
                return;
            }
        }
    }

    private Trainer.Stopped stopped() {
        if (store != null) {
            save();
        }
        return new Trainer.Stopped(step(), Optional.ofNullable(store).map(CheckpointStore::directory));
    }

    private Rollouts make() {
        RolloutMaker.Answered answered = maker.answer(policy, state.iteration, this::sampled);
        state.scores = state.scores.plus(answered.scores());
        double[] shaped = sampling.shaping().of(answered.scores(), state.scores);
        double[][] values = critic == null ? null : critic.values(policy, answered.groups(), objective.place(), settings.microBatchTokens());
        Rollouts made = new Rollouts(answered.groups(), answered.scores(), shaped, maker.logProbs(policy, answered.groups()),
                reference == null ? null : maker.logProbs(reference, answered.groups()), values);
        for (int i = 0; i < shaped.length; i++) {
            shaped[i] = sampling.unfinished().score(shaped[i], made.response(i).ended());
        }
        state.tokens += made.tokensUnshared();
        state.episodes += made.responses();
        state.windowEpisodes += made.responses();
        return made;
    }

    private void sampled(Progress p) {
        listener.onSampling(state.iteration, p);
        if (stop.getAsBoolean()) {
            throw new StopSampling();
        }
    }

    /** The groups of an update: every epoch deals them out anew. */
    private int[] miniBatch() {
        int epoch = state.update / settings.miniBatches();
        int part = state.update % settings.miniBatches();
        int n = rollouts.groups().size();
        int[] order = Streams.permutation(n, Streams.of(settings.seed(), "mini-batches", state.iteration * settings.epochs() + epoch));
        int[] which = Arrays.copyOfRange(order, (int) ((long) part * n / settings.miniBatches()), (int) ((part + 1L) * n / settings.miniBatches()));
        // The same prompts in another order are the same mini-batch.
        Arrays.sort(which);
        return which;
    }

    /** One update; false when the policy has gone too far from the one that sampled, and nothing has been changed. */
    private boolean update(Objective.Targets targets, long began) {
        List<Piece> pieces = Piece.cut(rollouts.groups(), miniBatch(), settings.microBatchTokens());
        UpdateSums sums = new Gradients(policy, critic, critic == null ? null : objective.place()).of(rollouts, targets, pieces);
        if (settings.targetKl() > 0 && sums.approxKl() > settings.targetKl()) {
            return false;
        }
        double rate = settings.schedule().at(step());
        Map<String, Mean> metrics = sums.metrics(critic != null);
        metrics.put("lr", Mean.of(rate));
        try {
            metrics.put("grad_norm", Mean.of(optimizer.step(rate)));
            if (critic != null) {
                metrics.put("val/grad_norm", Mean.of(critic.step(step())));
            }
        } catch (ArithmeticException e) {
            throw new UserException(e.getMessage() + " at update " + (step() + 1) + " of " + stage + ". Training has diverged: lower learning_rate.", e);
        }
        state.addAll(metrics);
        Map<String, Double> means = new LinkedHashMap<>();
        metrics.forEach((k, v) -> means.put(k, v.value()));
        listener.onStep(step() + 1, settings.totalSteps(), sums.loss(), means, sums.tokensUnshared(), (System.nanoTime() - began) * 1e-9);
        return true;
    }

    /** Ends an iteration. */
    private void finish(boolean whole) {
        if (settings.targetKl() > 0) {
            state.add("policy/early_stop", whole ? 0 : 1);
        }
        if (rollouts.reference() != null) {
            state.klCoefficient = objective.kl().next(state.klCoefficient, RolloutMetrics.kl(rollouts), rollouts.responses());
        }
        rollouts = null;
        state.update = 0;
        state.iteration++;
        boolean last = state.iteration == settings.iterations();
        if (last || state.iteration % settings.logEvery() == 0) {
            listener.onMetrics(settings.firstStep() + step(), epoch(), state.drain());
        }
        if (last || settings.evalEvery() > 0 && state.iteration % settings.evalEvery() == 0) {
            evaluate();
        }
    }

    private double epoch() {
        return state.iteration * sampling.prompts() / prompts;
    }

    private void evaluate() {
        if (heldOut == null) {
            return;
        }
        RolloutMaker.Answered answered = heldOut.answer(policy, 0, p -> { });
        double[] counted = answered.scores().clone();
        Rollouts r = new Rollouts(answered.groups(), answered.scores(), counted, heldOut.logProbs(policy, answered.groups()),
                reference == null ? null : heldOut.logProbs(reference, answered.groups()), null);
        for (int i = 0; i < counted.length; i++) {
            counted[i] = sampling.unfinished().score(counted[i], r.response(i).ended());
        }
        Map<String, Double> named = new LinkedHashMap<>();
        RolloutMetrics.of(r, objective.kl().at(state.klCoefficient)).forEach((k, v) -> named.put("eval_" + k, v));
        listener.onEvaluation(settings.firstStep() + step(), epoch(), named);
    }

    private void save() {
        Checkpoint c = store.save(settings.firstStep() + step(), this::write);
        store.prune(settings.keepCheckpoints());
        listener.onCheckpoint(settings.firstStep() + step(), c.directory());
    }

    private void write(Path directory) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("stage", stage);
        all.put("step", step());
        all.put(OBJECTIVE, objective.name());
        all.put(POLICY, TrainCheckpoints.writeModel(directory, policy, optimizer));
        if (critic != null) {
            all.put(CRITIC, critic.write(directory));
        }
        all.put(ONLINE, state.write());
        if (rollouts != null) {
            RolloutFiles.write(directory.resolve(RolloutFiles.NAME), rollouts);
        }
        TrainCheckpoints.writeState(directory, all);
    }

    @Override
    public void close() {
        policy.temperature(1);
        optimizer.close();
        if (critic != null) {
            critic.close();
        }
    }
}
