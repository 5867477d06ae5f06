package org.align4j.rewardmodels.online;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.align4j.core.UserException;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.backend.DType;
import org.align4j.core.checkpoint.Checkpoint;
import org.align4j.core.checkpoint.CheckpointStore;
import org.align4j.core.generate.BatchLimits;
import org.align4j.core.generate.Progress;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Reference;
import org.align4j.core.train.Streams;
import org.align4j.core.train.Trainer;
import org.align4j.losses.Kl;
import org.align4j.losses.policy.ClippedPolicyLoss;
import org.align4j.losses.policy.ClippedValueLoss;
import org.align4j.losses.policy.Gae;
import org.align4j.losses.policy.GroupAdvantages;
import org.align4j.losses.policy.GrpoLoss;
import org.align4j.losses.policy.KlRewards;
import org.align4j.losses.policy.RlooLoss;
import org.align4j.losses.policy.ScorePlace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stopped after every update, or in the middle of every sampling, and resumed by a new trainer over new memory: the bits of a run that never stopped. */
class OnlineResumeTest {
    private static final int ITERATIONS = 2;
    private static final Set<String> CLOCK = Set.of("eps");

    @TempDir
    Path temp;

    /** What runs leave. */
    private static final class Outcome {
        final Map<Long, Map<String, Double>> metrics = new TreeMap<>();
        final Map<Long, Map<String, Double>> evaluations = new TreeMap<>();
        final Set<Long> stoppedIn = new HashSet<>();
        Map<String, float[]> weights;
        int stops;
    }

    /** When to stop. */
    private enum When { NEVER, AFTER_UPDATES, IN_SAMPLING }

    @ParameterizedTest
    @CsvSource({"grpo, AFTER_UPDATES", "grpo, IN_SAMPLING", "rloo, AFTER_UPDATES", "rloo-adapter, AFTER_UPDATES", "rloo-adapter, IN_SAMPLING", "early, AFTER_UPDATES",
            "ppo, AFTER_UPDATES", "ppo, IN_SAMPLING", "ppo-shared, AFTER_UPDATES"})
    void comesToTheSameBits(String kind, When when) throws Exception {
        Outcome whole = new Outcome();
        run(kind, When.NEVER, temp.resolve("whole"), whole);
        Outcome pieces = new Outcome();
        while (run(kind, when, temp.resolve("pieces"), pieces)) {
            pieces.stops++;
        }
        int updates = kind.equals("early") ? ITERATIONS * 2 : ITERATIONS * 4;
        assertEquals(when == When.IN_SAMPLING ? ITERATIONS : updates - 1, pieces.stops);
        assertEquals(ITERATIONS, whole.metrics.size());
        assertEquals(whole.metrics, pieces.metrics);
        assertEquals(2, whole.evaluations.size());
        assertEquals(whole.evaluations, pieces.evaluations);
        whole.weights.forEach((name, v) -> assertArrayEquals(v, pieces.weights.get(name), name));
        whole.metrics.values().forEach(m -> assertEquals(kind.equals("early") ? 1.0 : null, m.get("policy/early_stop")));
        double moved = Math.abs(whole.metrics.get(4L * ITERATIONS).get("objective/kl"));
        assertTrue(moved > 1e-6, "the policy must have moved: " + moved);
    }

    @Test
    void anotherObjectiveIsRefused() throws Exception {
        assertTrue(run("grpo", When.AFTER_UPDATES, temp, new Outcome()));
        String m = assertThrows(UserException.class, () -> run("rloo", When.NEVER, temp, new Outcome())).getMessage();
        assertTrue(m.contains("is of grpo") && m.contains("required is one of rloo"), m);
    }

    private static Objective objective(String kind) {
        KlRewards paid = new KlRewards(0.1, Kl.K3, KlRewards.Sign.SIGNED, new ScorePlace.LastToken());
        if (kind.startsWith("ppo")) {
            return new PpoObjective(new KlControl(paid, 0.01, 100), true, true, new Gae(), new ClippedPolicyLoss(), new ClippedValueLoss(), 0.1);
        }
        return kind.startsWith("rloo") ? new RlooObjective(new RlooLoss(), false, new KlControl(paid, 0.01, 100))
                : new GrpoObjective("grpo", GrpoLoss.grpo().withBeta(0.05), new GroupAdvantages(3), KlControl.none());
    }

    /** One process; true when it was stopped. */
    private static boolean run(String kind, When when, Path directory, Outcome outcome) throws Exception {
        boolean[] stopped = new boolean[1];
        Tiny.with(4, model -> {
            LoraConfig small = new LoraConfig(2, 4, 0, List.of("q_proj", "up_proj"), false, false);
            boolean adapted = kind.endsWith("adapter");
            Transformer policy = !adapted ? model : Transformer.adapted(Tiny.CONFIG, model.values(),
                    LoraAdapter.fresh(small, Tiny.CONFIG, model.values(), Streams.of(5, "init", 0)));
            OnlineSettings settings = new OnlineSettings(ITERATIONS, 2, 2, 24, new LrSchedule(LrSchedule.Shape.LINEAR, 1e-2, 0, 4 * ITERATIONS, 0), OnlineSettings.ADAM,
                    kind.equals("early") ? 1e-12 : 0, 0, 0, 2, 1, 7, 0);
            RolloutSettings sampling = new RolloutSettings(5, 3, Tiny.sampling(5, 0.8), BatchLimits.DEFAULT, new Unfinished.Subtracted(0.5), new ScoreShaping(true, 2));
            boolean[] inSampling = new boolean[1];
            long[] iteration = new long[1];
            OnlineListener listener = new OnlineListener() {
                @Override
                public void onSampling(long i, Progress p) {
                    inSampling[0] = true;
                    iteration[0] = i;
                }

                @Override
                public void onRollouts(long i, Rollouts r) {
                    inSampling[0] = false;
                }

                @Override
                public void onMetrics(long step, double epoch, Map<String, Double> metrics) {
                    Map<String, Double> timeless = new LinkedHashMap<>(metrics);
                    timeless.keySet().removeAll(CLOCK);
                    outcome.metrics.put(step, timeless);
                }

                @Override
                public void onEvaluation(long step, double epoch, Map<String, Double> metrics) {
                    outcome.evaluations.put(step, metrics);
                }
            };
            CheckpointStore store = CheckpointStore.open(directory);
            Optional<Checkpoint> from = store.newestValid(message -> {
                throw new AssertionError(message);
            });
            Critic critic;
            double t = sampling.sampling().temperature();
            try (Parameters values = model.values().copy(DType.F32); Parameters gradients = new Parameters(model.backend(), values.layout(), DType.F32); Reference reference = adapted ? OnlineReference.adapterOff(policy, t) : OnlineReference.copy(policy, t);
                    OnlineTrainer trainer = new OnlineTrainer(policy, objective(kind), Tiny.reward(ids -> ids[0] + 0.1 * ids.length), ids -> "", Tiny.prompts(7), sampling,
                            settings)) {
                critic = kind.equals("ppo") ? Critic.own(new Transformer(Tiny.CONFIG, values, gradients), Critic.fresh(Tiny.HIDDEN, 1), Tiny.constant(2e-2), OnlineSettings.ADAM, 0)
                        : kind.equals("ppo-shared") ? Critic.shared(Critic.fresh(Tiny.HIDDEN, 1), Tiny.constant(2e-2), OnlineSettings.ADAM) : null;
                trainer.critic(critic).reference(reference).listener(listener).heldOut(Tiny.prompts(4)).checkpoints(store, "test").stopWhen(() -> switch (when) {
                    case NEVER -> false;
                    case AFTER_UPDATES -> !inSampling[0];
                    case IN_SAMPLING -> inSampling[0] && outcome.stoppedIn.add(iteration[0]);
                });
                from.ifPresent(trainer::resume);
                trainer.run();
                outcome.weights = Tiny.values(policy.trained());
                if (critic != null) {
                    outcome.weights.put("value head", critic.head().parameters());
                    Tiny.values(values).forEach((name, v) -> outcome.weights.put("trunk " + name, v));
                }
            } catch (Trainer.Stopped e) {
                stopped[0] = true;
            }
        });
        return stopped[0];
    }
}
