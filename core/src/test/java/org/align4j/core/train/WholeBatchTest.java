package org.align4j.core.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.backend.DType;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.model.ForwardPass;
import org.align4j.core.model.Transformer;
import org.align4j.core.testing.TinyModels;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.pair.DpoLoss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a loss is given, in training and in evaluation. */
class WholeBatchTest {
    private static final int GROUPS = 10;

    /** Evaluated before anything has changed, the training data give the loss and metrics of an update on all of them, however either is cut. */
    @ParameterizedTest
    @CsvSource({"prompt, 1000000", "prompt, 24", "collision, 1000000", "collision, 24", "coupled, 1000000", "coupled, 24", "dpo, 24"})
    void evaluationSeesWhatTrainingSees(String kind, int microBatchTokens) throws Exception {
        Loss loss = switch (kind) {
            case "prompt" -> new TestLosses.PromptLoss();
            case "collision" -> new TestLosses.CollisionLoss();
            case "coupled" -> new TestLosses.CoupledLoss();
            default -> new DpoLoss();
        };
        List<Group> pairs = TinyModels.groups(GROUPS, 2, 8, 3);
        List<Group> data = kind.equals("coupled") ? Mismatched.pair(TestLosses.labelled(TinyModels.groups(GROUPS, 1, 8, 3)), 5) : pairs;
        TrainSettings settings = new TrainSettings(1, GROUPS, microBatchTokens, new LrSchedule(LrSchedule.Shape.CONSTANT, 0, 0, 1, 0), AdamW.Settings.DEFAULT,
                0, 0, 1, 1, 7, 0);
        Map<String, Double> trained = new HashMap<>();
        List<Map<String, Double>> evaluated = new ArrayList<>();
        TrainListener listener = new TrainListener() {
            @Override
            public void onStep(long step, long totalSteps, double value, Map<String, Double> metrics, long tokens, double seconds) {
                trained.putAll(metrics);
            }

            @Override
            public void onEvaluation(long step, double epoch, Map<String, Double> metrics) {
                evaluated.add(metrics);
            }
        };
        TinyModels.with(TinyModels.config("llama-gqa-tied"), TinyModels.backend("onednn"), 2, model -> {
            Transformer other = new Transformer(model.config(), model.values().copy(DType.F32), null);
            TinyModels.fill(other.values(), 3);
            int[] asked = new int[GROUPS];
            try (Reference frozen = Reference.frozen(other)) {
                Reference counting = (indices, batch) -> {
                    for (int i : indices) {
                        asked[i]++;
                    }
                    return frozen.logProbs(indices, batch);
                };
                try (Trainer t = new Trainer(model, loss, counting, data, settings, listener)) {
                    t.heldOut(new Trainer.HeldOutData(data, frozen)).run();
                }
            }
            for (int n : asked) {
                assertEquals(loss.needs().reference() ? 1 : 0, n, "an update asks the reference once for every example");
            }
        });
        assertEquals(2, evaluated.size());
        for (String name : evaluated.get(0).keySet()) {
            double expected = trained.get(name.substring("eval_".length()));
            assertEquals(expected, evaluated.get(0).get(name), 1e-5 * Math.max(1, Math.abs(expected)), name);
        }
        assertEquals(loss.needs().reference(), evaluated.get(0).containsKey("eval_logps/chosen_drift"));
    }

    /** log Σ_v p(v)² of the packed, chunked head against the logits of every position. */
    @ParameterizedTest
    @ValueSource(strings = {"onednn", "nd4j"})
    void collisionIsThatOfTheLogits(String backend) throws Exception {
        Group group = TinyModels.groups(1, 1, 9, 12).get(0);
        int[] response = group.responses().get(0).ids();
        int[] prompt = group.prompt();
        int[] ids = java.util.stream.IntStream.concat(java.util.Arrays.stream(prompt), java.util.Arrays.stream(response)).toArray();
        TinyModels.with(TinyModels.config("llama"), TinyModels.backend(backend), 6, model -> {
            float[] logits = model.logits(ids);
            int vocabulary = model.config().vocabSize();
            try (ForwardPass pass = model.inspect(PackedBatch.of(List.of(group), true), null)) {
                double[] collision = pass.collision();
                assertEquals(response.length + prompt.length - 1, collision.length);
                for (int t = 0; t < response.length; t++) {
                    double max = Double.NEGATIVE_INFINITY;
                    int at = (prompt.length - 1 + t) * vocabulary;
                    for (int v = 0; v < vocabulary; v++) {
                        max = Math.max(max, logits[at + v]);
                    }
                    double once = 0;
                    double twice = 0;
                    for (int v = 0; v < vocabulary; v++) {
                        once += Math.exp(logits[at + v] - max);
                        twice += Math.exp(2 * (logits[at + v] - max));
                    }
                    assertEquals(Math.log(twice) - 2 * Math.log(once), collision[t], 2e-5, "token " + t);
                    assertTrue(collision[t] < 0 && collision[t] >= -Math.log(vocabulary) && collision[t] >= 2 * pass.logProbs()[t]);
                }
                assertArrayEquals(model.logProbs(PackedBatch.of(List.of(group), true)), pass.logProbs(), "the log-probabilities are the same bits");
            }
        });
    }

    @Test
    void whatAGroupKnowsReachesTheLoss() {
        Group one = new Group(new Location("made", 1), new int[] {1, 2, 3}, List.of(
                new Group.Response(new int[] {4, 5}, 0.5, true, true, new double[] {1, 0.25}), new Group.Response(new int[] {6}, -1, false, true)));
        Group two = new Group(new Location("made", 2), new int[] {1}, List.of(new Group.Response(new int[] {7, 8, 9}, 2, null, true, new double[] {3, 2, 1}).part(0, 2)));
        MicroBatch micro = MicroBatch.cut(List.of(one, two), new int[] {0, 1}, 100, true).get(0);
        assertArrayEquals(new int[] {4, 5, 6, 2, 3, 7, 8}, micro.packed().targets());
        List<Example> examples = micro.examples(new double[] {-1, -2, -3, -4, -5, -6, -7}, new double[] {1, 2, 3, 4, 5, 6, 7}, new double[] {10, 20, 30, 40, 50, 60, 70});
        Example first = examples.get(0);
        assertArrayEquals(new double[] {-4, -5}, first.prompt());
        assertArrayEquals(new double[] {1, 0.25}, first.responses().get(0).weights());
        assertNull(first.responses().get(1).weights());
        assertEquals(false, first.responses().get(1).label());
        assertEquals(0.5, first.responses().get(0).score());
        assertArrayEquals(new double[] {3}, first.responses().get(1).reference());
        assertArrayEquals(new double[] {10, 20}, first.responses().get(0).collision());
        Example second = examples.get(1);
        assertArrayEquals(new double[0], second.prompt());
        assertArrayEquals(new double[] {3, 2}, second.responses().get(0).weights());
        assertArrayEquals(new double[] {-6, -7}, second.responses().get(0).logProbs());
        assertEquals(2, MicroBatch.counts(List.of(one, two), new int[] {0, 1}, true).promptTokens());
        assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6, 7},
                micro.gradient(List.of(new double[][] {{1, 2}, {3}, {4, 5}}, new double[][] {{6, 7}, {}})));
        assertNull(MicroBatch.cut(List.of(one), new int[] {0}, 100, false).get(0).examples(new double[3], null, null).get(0).prompt());
    }
}
