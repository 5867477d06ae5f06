package org.align4j.core.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.backend.DType;
import org.align4j.core.data.Group;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;
import org.align4j.core.testing.TinyModels;
import org.align4j.losses.pair.DpoLoss;
import org.align4j.losses.Loss;
import org.align4j.losses.supervised.NllLoss;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A batch of eight at once against eight micro-batches of one: the same sums in another order.
 *
 * <p>The gradients agree to a few 10⁻⁷ of their size. Adam divides each entry by its own magnitude, so where an entry is itself little more than
 * rounding its update may differ wholly; therefore the change of all weights is compared as a whole (root mean square of the difference over that
 * of the change, 10⁻³) and losses and gradient norms of every update one by one (10⁻⁵ relative).
 */
class MicroBatchExactnessTest {
    private static final int STEPS = 7;

    /** What a run leaves behind. */
    private record Outcome(Map<String, float[]> before, Map<String, float[]> after, List<Map<String, Double>> metrics) {}

    @ParameterizedTest
    @CsvSource({"onednn, llama-gqa-tied, sft", "onednn, llama-gqa-tied, frozen", "onednn, llama-gqa-tied, cached", "onednn, gpt2, frozen",
            "onednn, mistral-window, cached", "onednn, gemma, sft", "onednn, llama-gqa-tied, prompt", "onednn, gpt2, prompt",
            "onednn, llama-gqa-tied, collision", "nd4j, llama-gqa-tied, collision", "onednn, llama-gqa-tied, coupled", "nd4j, gpt2, coupled"})
    void oneOfEightEqualsEightOfOne(String backend, String family, String kind, @TempDir Path temp) throws Exception {
        Outcome whole = train(backend, family, kind, 1 << 20, temp.resolve("whole"));
        Outcome pieces = train(backend, family, kind, 16, temp.resolve("pieces"));
        assertEquals(STEPS, whole.metrics.size());
        for (int s = 0; s < STEPS; s++) {
            for (Map.Entry<String, Double> e : whole.metrics.get(s).entrySet()) {
                assertEquals(e.getValue(), pieces.metrics.get(s).get(e.getKey()), 1e-5 * Math.max(1, Math.abs(e.getValue())), e.getKey() + " of update " + s);
            }
        }
        double change = 0;
        double difference = 0;
        for (String name : whole.before.keySet()) {
            for (int i = 0; i < whole.before.get(name).length; i++) {
                if (name.endsWith("c_attn.bias") && i / 32 == 1) {
                    // A bias on the keys shifts all scores of a query alike: its true gradient is zero, and what Adam follows is rounding.
                    continue;
                }
                change += square(whole.after.get(name)[i] - whole.before.get(name)[i]);
                difference += square(whole.after.get(name)[i] - pieces.after.get(name)[i]);
            }
        }
        assertTrue(change > 0);
        double relative = Math.sqrt(difference / change);
        assertTrue(relative < 1e-3, "the weights differ by " + relative + " of their change");
    }

    private static double square(double x) {
        return x * x;
    }

    private static Outcome train(String backend, String family, String kind, int microBatchTokens, Path cache) throws Exception {
        List<Group> data = data(kind);
        TrainSettings settings = new TrainSettings(STEPS, 8, microBatchTokens, new LrSchedule(LrSchedule.Shape.LINEAR, 1e-3, 1, STEPS, 0), AdamW.Settings.DEFAULT,
                0, 0, 1, 1, 7, 0);
        Outcome[] outcome = new Outcome[1];
        TinyModels.with(TinyModels.config(family), TinyModels.backend(backend), 2, model -> {
            Map<String, float[]> before = weights(model);
            List<Map<String, Double>> metrics = new ArrayList<>();
            Loss loss = switch (kind) {
                case "sft" -> new NllLoss();
                case "prompt" -> new TestLosses.PromptLoss();
                case "collision" -> new TestLosses.CollisionLoss();
                case "coupled" -> new TestLosses.CoupledLoss();
                default -> new DpoLoss(0.1, 0, false);
            };
            TrainListener listener = new TrainListener() {
                @Override
                public void onMetrics(long step, double epoch, Map<String, Double> values) {
                    metrics.add(values);
                }
            };
            try (Reference reference = reference(kind, model, data, microBatchTokens, cache);
                    Trainer trainer = new Trainer(model, loss, reference, data, settings, listener)) {
                trainer.run();
            }
            outcome[0] = new Outcome(before, weights(model), metrics);
        });
        return outcome[0];
    }

    private static List<Group> data(String kind) {
        return switch (kind) {
            case "sft", "collision" -> TinyModels.groups(20, 1, 10, 3);
            case "coupled" -> Mismatched.pair(TestLosses.labelled(TinyModels.groups(20, 1, 10, 3)), 5);
            default -> TinyModels.groups(20, 2, 10, 3);
        };
    }

    private static Reference reference(String kind, Transformer model, List<Group> data, int microBatchTokens, Path cache) {
        return switch (kind) {
            case "sft", "prompt", "collision" -> null;
            case "frozen", "coupled" -> Reference.frozen(new Transformer(model.config(), model.values().copy(DType.F32), null));
            default -> CachedReference.of(model, data, microBatchTokens, cache, done -> {});
        };
    }

    private static Map<String, float[]> weights(Transformer model) {
        Map<String, float[]> all = new HashMap<>();
        Parameters p = model.values();
        WeightFiles.forEach(p, (slot, values) -> all.put(slot.name(), values));
        return all;
    }
}
