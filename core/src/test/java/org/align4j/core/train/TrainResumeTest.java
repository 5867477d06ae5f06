package org.align4j.core.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.align4j.core.UserException;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.MomentType;
import org.align4j.core.checkpoint.Checkpoint;
import org.align4j.core.checkpoint.CheckpointStore;
import org.align4j.core.data.Group;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.testing.TinyModels;
import org.align4j.losses.Loss;
import org.align4j.losses.pair.DpoLoss;
import org.align4j.losses.supervised.NllLoss;
import org.align4j.losses.unpaired.BcoLoss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stopped after every update and resumed by a new trainer over new memory: the bits and the metrics of a run that never stopped. */
class TrainResumeTest {
    private static final int STEPS = 9;
    private static final ModelConfig CONFIG = ModelConfig.freshLlama(TinyModels.VOCABULARY, 32, 48, 4, 4, 2, 64, true);

    /** What runs leave: metrics by update, weights of policy and reference. */
    private static final class Outcome {
        final Map<Long, Map<String, Double>> metrics = new TreeMap<>();
        Map<String, float[]> weights;
        Map<String, float[]> reference;
        int stops;
    }

    @TempDir
    Path temp;

    @ParameterizedTest
    @CsvSource({"frozen, FLOAT32", "sync, FLOAT32", "state, FLOAT32", "bco, FLOAT32", "lisa-keep, FLOAT32", "lisa-drop, FLOAT32", "lisa-sync, FLOAT32",
            "adapter-sync, FLOAT32", "frozen, BFLOAT16", "frozen, INT8", "lisa-keep, BFLOAT16", "lisa-keep, INT8", "lisa-drop, BFLOAT16", "lisa-drop, INT8",
            "adapter-sync, BFLOAT16", "adapter-sync, INT8"})
    void comesToTheSameBits(String kind, MomentType moments) throws Exception {
        Outcome whole = new Outcome();
        train(kind, moments, temp.resolve("whole"), false, whole);
        Outcome pieces = new Outcome();
        while (train(kind, moments, temp.resolve("pieces"), true, pieces)) {
            pieces.stops++;
        }
        assertEquals(STEPS - 1, pieces.stops);
        assertEquals(whole.metrics, pieces.metrics);
        assertEquals(STEPS, whole.metrics.size());
        same(whole.weights, pieces.weights);
        if (kind.contains("sync")) {
            same(whole.reference, pieces.reference);
            assertTrue(whole.reference.keySet().stream().anyMatch(n -> !java.util.Arrays.equals(whole.reference.get(n), whole.weights.get(n))));
        }
        if (kind.equals("state") || kind.equals("bco")) {
            // The first learning rate is 0, so that the first two updates may see the same policy and none has left the reference.
            assertTrue(whole.metrics.values().stream().mapToDouble(m -> m.get("delta")).distinct().count() >= STEPS - 2, "the state must run");
        }
    }

    @Test
    void otherMomentsAreRefused() throws Exception {
        Outcome outcome = new Outcome();
        assertTrue(train("frozen", MomentType.INT8, temp, true, outcome));
        for (MomentType other : new MomentType[] {MomentType.FLOAT32, MomentType.BFLOAT16}) {
            String m = assertThrows(UserException.class, () -> train("frozen", other, temp, true, outcome)).getMessage();
            assertTrue(m.contains("moments in int8") && m.contains("keeps them in " + other.name().toLowerCase(java.util.Locale.ROOT)) && m.contains("adam_moments: int8"), m);
        }
        assertTrue(train("frozen", MomentType.INT8, temp, true, outcome), "the checkpoint is as it was");
    }

    private static void same(Map<String, float[]> expected, Map<String, float[]> found) {
        expected.forEach((name, v) -> assertArrayEquals(v, found.get(name), name));
    }

    /** One process: from the newest checkpoint to the end, or to the next stop, which is told by true. */
    private static boolean train(String kind, MomentType moments, Path directory, boolean stopping, Outcome outcome) throws Exception {
        boolean[] stopped = new boolean[1];
        TinyModels.with(CONFIG, TinyModels.backend("onednn"), 4, model -> {
            Lisa lisa = kind.startsWith("lisa") ? new Lisa(1, 2, kind.endsWith("keep")) : null;
            TrainSettings settings = new TrainSettings(STEPS, 4, 48, new LrSchedule(LrSchedule.Shape.LINEAR, 1e-3, 2, STEPS, 0),
                    new AdamW.Settings(0.9, 0.99, 1e-8, 0.01, false, 1, moments), 0, 0, 2, 1, 7, 100).with(lisa);
            List<Group> data = switch (kind) {
                case "state" -> Mismatched.pair(TestLosses.labelled(TinyModels.groups(14, 1, 8, 3)), 5);
                case "bco" -> TestLosses.labelled(TinyModels.groups(14, 1, 8, 3));
                case "lisa-keep", "lisa-drop" -> TinyModels.groups(14, 1, 8, 3);
                default -> TinyModels.groups(14, 2, 8, 3);
            };
            Loss loss = switch (kind) {
                case "state" -> new TestLosses.CoupledLoss();
                case "bco" -> new BcoLoss();
                case "lisa-keep", "lisa-drop" -> new NllLoss();
                default -> new DpoLoss(0.1);
            };
            TrainListener listener = new TrainListener() {
                @Override
                public void onMetrics(long step, double epoch, Map<String, Double> metrics) {
                    outcome.metrics.put(step, metrics);
                }
            };
            CheckpointStore store = CheckpointStore.open(directory);
            Optional<Checkpoint> from = store.newestValid(message -> {
                throw new AssertionError(message);
            });
            boolean adapted = kind.startsWith("adapter");
            LoraConfig small = new LoraConfig(2, 4, 0, List.of("q_proj", "up_proj"), false, false);
            Transformer policy = adapted ? Transformer.adapted(CONFIG, model.values(), LoraAdapter.fresh(small, CONFIG, model.values(), Streams.of(5, "init", 0))) : model;
            Transformer copy = adapted ? policy.withAdapter(policy.adapter().frozenCopy()) : new Transformer(CONFIG, model.values().copy(DType.F32), null);
            try (Reference reference = kind.contains("sync") ? new SyncedReference(copy, adapted ? 1 : 0.6, 2) : Reference.frozen(copy);
                    Trainer trainer = new Trainer(policy, loss, reference, data, settings, listener).checkpoints(store, "test").stopWhen(() -> stopping)) {
                from.ifPresent(trainer::resume);
                trainer.run();
                outcome.weights = values(policy.trained());
                outcome.reference = values(copy.trained());
            } catch (Trainer.Stopped e) {
                stopped[0] = true;
            }
        });
        return stopped[0];
    }

    private static Map<String, float[]> values(Parameters p) {
        Map<String, float[]> all = new HashMap<>();
        WeightFiles.forEach(p, (slot, v) -> all.put(slot.name(), v));
        return all;
    }
}
