package org.align4j.rewardmodels.online;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.batch.Reads;
import org.align4j.core.checkpoint.Checkpoint;
import org.align4j.core.data.Group;
import org.align4j.core.model.ForwardPass;
import org.align4j.core.model.Transformer;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Streams;
import org.align4j.core.train.TrainCheckpoints;
import org.align4j.losses.policy.Counts;
import org.align4j.losses.policy.PolicyEvaluation;
import org.align4j.losses.policy.ScorePlace;
import org.align4j.rewardmodels.head.HeadFiles;
import org.align4j.rewardmodels.head.HeadOptimizer;
import org.align4j.rewardmodels.head.HeadSettings;
import org.align4j.rewardmodels.head.RewardHead;
import tools.jackson.databind.JsonNode;

/**
 * PPO's value function: a head on hidden states of a trunk. The trunk is a model of its own, a copy of the policy or of a reward model, which behaves better; or
 * the policy's, which costs no second pass, and whose weights then get the gradients of both losses.
 */
public final class Critic implements AutoCloseable {
    private static final String DIRECTORY = "critic";
    private static final String HEAD = "value-head.safetensors";
    private final Transformer trunk;
    private final AdamW optimizer;
    private final RewardHead head;
    private final HeadOptimizer headOptimizer;
    private final AdamW.Settings settings;
    private final LrSchedule schedule;

    private Critic(Transformer trunk, AdamW optimizer, RewardHead head, LrSchedule schedule, AdamW.Settings settings) {
        if (head.settings().outputs() != 1) {
            throw new IllegalArgumentException("A value function gives one number, found a head with " + head.settings().outputs());
        }
        this.trunk = trunk;
        this.optimizer = optimizer;
        this.head = head;
        this.headOptimizer = new HeadOptimizer(settings, settings.weightDecay(), head);
        this.schedule = schedule;
        this.settings = settings;
    }

    /** A new head for values: one linear layer with a bias, near 0. */
    public static RewardHead fresh(int hiddenSize, long seed) {
        return new RewardHead(new HeadSettings(hiddenSize, 1, false, 0, true), Streams.of(seed, "value head", 0));
    }

    /**
     * On a trunk of its own.
     *
     * @param trunk     with gradients; of all its weights or of an adapter. Weights belong to the caller
     * @param head      closed with this; that of a reward model when the trunk is one's too
     * @param schedule  learning rate of trunk and head over planned updates
     * @param optimizer of both, with its own clipping
     */
    public static Critic own(Transformer trunk, RewardHead head, LrSchedule schedule, AdamW.Settings optimizer, long seed) {
        if (trunk.gradients() == null) {
            throw new IllegalArgumentException("The trunk of a value function needs gradients");
        }
        return new Critic(trunk, new AdamW(optimizer, trunk.trained(), trunk.gradients(), seed), head, schedule, optimizer);
    }

    /**
     * On the policy's trunk.
     *
     * @param head      closed with this
     * @param schedule  learning rate of the head over planned updates; the trunk has the policy's
     * @param optimizer of the head, with its own clipping
     */
    public static Critic shared(RewardHead head, LrSchedule schedule, AdamW.Settings optimizer) {
        return new Critic(null, null, head, schedule, optimizer);
    }

    RewardHead head() {
        return head;
    }

    /** Whether the trunk is the policy's. */
    public boolean shared() {
        return trunk == null;
    }

    /** Which hidden states are read for values at these states. */
    static Reads reads(ScorePlace place) {
        return place instanceof ScorePlace.LastToken ? Reads.STATES : Reads.STATES_AND_CLOSING;
    }

    /** Values of all responses as they are now. */
    double[][] values(Transformer policy, List<Group> groups, ScorePlace place, int microBatchTokens) {
        double[][] rows = new double[groups.size() * groups.get(0).responses().size()][];
        for (Piece piece : Piece.cut(groups, microBatchTokens)) {
            PackedBatch packed = piece.reading(reads(place), false);
            try (ForwardPass pass = (shared() ? policy : trunk).inspect(packed, null)) {
                double[][] part = values(pass, packed, place);
                for (int i = 0; i < part.length; i++) {
                    rows[piece.responses()[i]] = part[i];
                }
            }
        }
        return rows;
    }

    /** Values of a pass over a batch that reads what {@link #reads} says. */
    double[][] values(ForwardPass pass, PackedBatch packed, ScorePlace place) {
        float[] all = head.forward(pass.hidden());
        double[][] rows = new double[packed.groups().stream().mapToInt(g -> g.responses().size()).sum()][];
        forStates(packed, place, (i, from, states) -> {
            rows[i] = new double[states];
            for (int t = 0; t < states; t++) {
                rows[i][t] = all[from + t];
            }
        });
        return rows;
    }

    private interface States {
        void of(int response, int from, int states);
    }

    /** A response that fills its row has one state less than is read. */
    private static void forStates(PackedBatch packed, ScorePlace place, States work) {
        int i = 0;
        for (int g = 0; g < packed.groups().size(); g++) {
            List<Group.Response> responses = packed.groups().get(g).responses();
            for (int r = 0; r < responses.size(); r++) {
                work.of(i++, packed.readStarts()[g][r], place.states(responses.get(r).ids().length));
            }
        }
    }

    /** Adds the head's gradients, given ∂loss/∂V of what {@link #values} gave last; returns ∂loss/∂hidden. */
    float[] backward(PackedBatch packed, ScorePlace place, double[][] gradients) {
        float[] flat = new float[packed.reads().length];
        forStates(packed, place, (i, from, states) -> {
            for (int t = 0; t < states; t++) {
                flat[from + t] = (float) gradients[i][t];
            }
        });
        return head.backward(flat);
    }

    /** Gradients of a piece, on its own trunk; returns the loss before its coefficient. */
    PolicyEvaluation learn(Piece piece, Objective.Targets targets, ScorePlace place, Counts states) {
        PackedBatch packed = piece.reading(reads(place), false);
        try (ForwardPass pass = trunk.forward(packed)) {
            PolicyEvaluation e = targets.value(piece.responses(), values(pass, packed, place), states);
            pass.backward(null, backward(packed, place, e.times(targets.valueCoefficient()).gradients()));
            return e;
        }
    }

    void clear() {
        head.clearGradients();
        if (!shared()) {
            trunk.gradients().clear();
        }
    }

    /**
     * Updates head and trunk, clipped together.
     *
     * @return the norm of all their gradients before clipping
     * @throws ArithmeticException when that is not finite; nothing has been changed then
     */
    double step(long planned) {
        double rate = schedule.at(planned);
        double norm = Math.hypot(Math.sqrt(headOptimizer.squaredNorm()), shared() ? 0 : optimizer.gradientNorm());
        double scale = settings.scale(norm);
        if (!shared()) {
            optimizer.step(rate, norm);
        }
        headOptimizer.step(rate, scale);
        return norm;
    }

    Map<String, Object> write(Path checkpoint) throws IOException {
        Map<String, Object> state = new LinkedHashMap<>();
        if (!shared()) {
            state.put("trunk", TrainCheckpoints.writeModel(Files.createDirectories(checkpoint.resolve(DIRECTORY)), trunk, optimizer));
        }
        HeadFiles.write(checkpoint.resolve(HEAD), head, headOptimizer);
        state.put("head_steps", headOptimizer.steps());
        return state;
    }

    void read(Checkpoint c, JsonNode state) {
        if (!shared()) {
            TrainCheckpoints.readModel(c, DIRECTORY + "/", state.get("trunk"), trunk, optimizer);
        }
        HeadFiles.read(c.file(HEAD), head, headOptimizer, state.get("head_steps").asLong());
    }

    @Override
    public void close() {
        head.close();
        if (optimizer != null) {
            optimizer.close();
        }
    }
}
