package org.align4j.core.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.model.ForwardPass;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.testing.TinyModels;
import org.align4j.losses.Loss;
import org.align4j.losses.pair.DpoLoss;
import org.align4j.losses.supervised.NllLoss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Blocks that are computed again against blocks that are kept: the same bits, in less memory. */
class RecomputeTest {
    private static final ModelConfig DEEP = ModelConfig.freshLlama(TinyModels.VOCABULARY, 32, 48, 5, 4, 2, 64, true);

    private static Map<String, float[]> values(Parameters p) {
        Map<String, float[]> all = new HashMap<>();
        WeightFiles.forEach(p, (slot, v) -> all.put(slot.name(), v));
        return all;
    }

    private static void same(String what, Map<String, float[]> expected, Map<String, float[]> found) {
        expected.forEach((name, v) -> assertArrayEquals(v, found.get(name), what + ", " + name));
    }

    private static Transformer adapted(Transformer model, boolean dora) {
        LoraConfig lora = new LoraConfig(2, 4, 0.3, List.of(LoraConfig.ALL_LINEAR), false, dora);
        LoraAdapter adapter = LoraAdapter.fresh(lora, model.config(), model.values(), Streams.of(5, "init", 0));
        // Where B is zero A has no gradient.
        adapter.values().fill(0.1f);
        return Transformer.adapted(model.config(), model.values(), adapter);
    }

    @ParameterizedTest
    @CsvSource({"onednn, llama, FP32, none", "onednn, llama-gqa-tied, BF16, none", "onednn, gpt2, FP32, none", "onednn, gemma, BF16, none",
            "onednn, mistral-window, FP32, none", "nd4j, qwen2, FP32, none", "onednn, llama-gqa-tied, BF16, lora", "onednn, gpt2, FP32, lora", "nd4j, llama, FP32, dora"})
    void oneGradient(String backend, String family, Precision precision, String adapter) throws Exception {
        PackedBatch batch = PackedBatch.of(TinyModels.groups(6, 2, 8, 3));
        TinyModels.with(TinyModels.config(family), TinyModels.backend(backend, precision), 4, whole -> {
            Transformer model = adapter.equals("none") ? whole : adapted(whole, adapter.equals("dora"));
            long[] noise = adapter.equals("none") ? null : new long[] {1, 2, 3, 4, 5, 6};
            List<double[]> logProbs = new ArrayList<>();
            List<Map<String, float[]>> gradients = new ArrayList<>();
            for (int blocks : new int[] {0, 1, 2}) {
                model.recompute(blocks);
                model.gradients().clear();
                // Twice: the second sum is added to the first.
                for (int k = 0; k < 2; k++) {
                    try (ForwardPass pass = model.forward(batch, noise)) {
                        logProbs.add(pass.logProbs());
                        double[] c = new double[batch.targets().length];
                        java.util.Arrays.setAll(c, i -> 0.1 * (i % 7 - 3));
                        pass.backward(c);
                    }
                }
                gradients.add(values(model.gradients()));
            }
            logProbs.forEach(p -> assertArrayEquals(logProbs.get(0), p));
            gradients.forEach(g -> same("gradients", gradients.get(0), g));
            assertTrue(gradients.get(0).values().stream().allMatch(g -> norm(g) > 0), "every gradient must say something");
        });
    }

    private static double norm(float[] x) {
        double sum = 0;
        for (float v : x) {
            sum += (double) v * v;
        }
        return sum;
    }

    /** Whole updates, several micro-batches each. */
    @ParameterizedTest
    @CsvSource({"all", "lisa", "adapter"})
    void updates(String what) throws Exception {
        List<Map<String, float[]>> weights = new ArrayList<>();
        List<List<Map<String, Double>>> metrics = new ArrayList<>();
        for (int blocks : new int[] {0, 3, 5}) {
            List<Map<String, Double>> told = new ArrayList<>();
            TrainListener listener = new TrainListener() {
                @Override
                public void onMetrics(long step, double epoch, Map<String, Double> m) {
                    told.add(m);
                }
            };
            TinyModels.with(DEEP, TinyModels.backend("onednn"), 4, whole -> {
                Transformer model = what.equals("adapter") ? adapted(whole, false) : whole;
                Loss loss = what.equals("lisa") ? new NllLoss() : new DpoLoss(0.1);
                TrainSettings settings = new TrainSettings(4, 6, 48, new LrSchedule(LrSchedule.Shape.CONSTANT, 1e-3, 0, 4, 0), AdamW.Settings.DEFAULT, 0, 0, 1, 1, 7, 0)
                        .with(what.equals("lisa") ? new Lisa(2, 1, false) : null).recomputing(blocks);
                Reference reference = what.equals("lisa") ? null : what.equals("adapter") ? Reference.adapterOff(model)
                        : Reference.frozen(new Transformer(DEEP, whole.values().copy(DType.F32), null));
                try (reference; Trainer t = new Trainer(model, loss, reference, TinyModels.groups(12, loss instanceof NllLoss ? 1 : 2, 8, 3), settings, listener)) {
                    t.run();
                }
                weights.add(values(model.trained()));
                metrics.add(told);
            });
        }
        for (int k = 1; k < weights.size(); k++) {
            same("weights", weights.get(0), weights.get(k));
            assertEquals(metrics.get(0), metrics.get(k));
        }
        assertEquals(4, metrics.get(0).size());
    }

    /** What is in use after the forward pass: for each block computed again its input alone. */
    @Test
    void lessIsKept() throws Exception {
        PackedBatch batch = PackedBatch.of(TinyModels.groups(6, 2, 8, 3));
        TinyModels.with(DEEP, TinyModels.backend("onednn"), 4, model -> {
            long[] kept = new long[6];
            for (int blocks = 0; blocks <= 5; blocks++) {
                model.recompute(blocks);
                Backend b = model.backend();
                long before = b.memory().live();
                try (ForwardPass pass = model.forward(batch)) {
                    kept[blocks] = b.memory().live() - before;
                }
                assertEquals(before, b.memory().live(), "everything is given back");
            }
            // Beside its input a block keeps queries, keys, values (64), what attention gives (32), the residual stream (32), gate and up (48 each).
            long block = 4L * batch.ids().length * (64 + 32 + 32 + 2 * 48);
            for (int blocks = 1; blocks < 5; blocks++) {
                assertEquals(block, kept[blocks - 1] - kept[blocks], 0.05 * block, blocks + " blocks");
            }
            assertEquals(kept[4], kept[5], "the last block is not computed again");
            assertThrows(IllegalArgumentException.class, () -> model.recompute(6));
            assertThrows(IllegalArgumentException.class, () -> model.recompute(-1));
        });
    }
}
