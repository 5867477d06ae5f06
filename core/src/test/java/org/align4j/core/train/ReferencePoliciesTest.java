package org.align4j.core.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;
import org.align4j.core.testing.TinyModels;
import org.align4j.losses.pair.DpoLoss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** References: frozen, synced, cached. */
class ReferencePoliciesTest {
    private static final double BETA = 0.1;

    private static TrainSettings settings(long steps) {
        return new TrainSettings(steps, 4, 1 << 20, new LrSchedule(LrSchedule.Shape.CONSTANT, 1e-3, 0, steps, 0), AdamW.Settings.DEFAULT, 0, 0, 1, 1, 7, 0);
    }

    private static Transformer copy(Transformer model, DType dtype) {
        return new Transformer(model.config(), model.values().copy(dtype), null);
    }

    private static Map<String, float[]> weights(Transformer model) {
        Map<String, float[]> all = new HashMap<>();
        WeightFiles.forEach(model.values(), (slot, values) -> all.put(slot.name(), values));
        return all;
    }

    /** Metrics of every update, and the policy's weights after it. */
    private static final class Record implements TrainListener {
        final List<Map<String, Double>> metrics = new ArrayList<>();
        final List<Map<String, float[]>> weights = new ArrayList<>();
        private final Transformer model;

        Record(Transformer model) {
            this.model = model;
        }

        @Override
        public void onStep(long step, long totalSteps, double loss, Map<String, Double> values, long tokens, double seconds) {
            metrics.add(Map.copyOf(values));
            weights.add(ReferencePoliciesTest.weights(model));
        }
    }

    /**
     * A reference at the policy's precision gives the same bits, so the first loss is ln 2 to the rounding of a mean. With float32 products and a
     * reference held as bfloat16 the margins h of the pairs are off by what its weights lost, and the loss by β/2 times their mean, to the first
     * order: 8.5·10⁻⁴ here, where the bound is some three times that.
     */
    @ParameterizedTest
    @CsvSource({"onednn, FP32, F32, 1e-15", "nd4j, FP32, F32, 1e-15", "nd4j, BF16, BF16, 1e-15", "onednn, FP32, BF16, 0.003"})
    void theFirstLossIsLogTwo(String backend, Precision precision, DType dtype, double bound) throws Exception {
        List<Group> data = TinyModels.groups(8, 2, 10, 3);
        TinyModels.with(TinyModels.config("llama-gqa-tied"), TinyModels.backend(backend, precision), 2, model -> {
            Record record = new Record(model);
            try (Reference reference = Reference.frozen(copy(model, dtype));
                    Trainer t = new Trainer(model, new DpoLoss(BETA), reference, data, settings(1), record)) {
                t.run();
            }
            double first = record.metrics.get(0).get("loss");
            assertEquals(Math.log(2), first, bound);
            assertTrue(bound < 1e-10 || first != Math.log(2), "a rounded reference must show");
        });
    }

    @Test
    void aSyncedReferenceBeginsAsThePolicy() throws Exception {
        List<Group> data = TinyModels.groups(8, 2, 10, 3);
        TinyModels.with(TinyModels.config("gpt2"), TinyModels.backend("onednn"), 2, model -> {
            Record record = new Record(model);
            try (Reference r = new SyncedReference(copy(model, DType.F32), 0.6, 512);
                    Trainer t = new Trainer(model, new DpoLoss(BETA), r, data, settings(2), record)) {
                t.run();
            }
            assertEquals(Math.log(2), record.metrics.get(0).get("loss"), 1e-15);
            assertEquals(0, record.metrics.get(0).get("logps/chosen_drift"));
            assertTrue(Math.abs(record.metrics.get(1).get("loss") - Math.log(2)) > 1e-6, "the policy must have moved");
            assertEquals(record.metrics.get(1).get("rewards/chosen") / BETA, record.metrics.get(1).get("logps/chosen_drift"), 1e-12);
            assertEquals(record.metrics.get(1).get("rewards/rejected") / BETA, record.metrics.get(1).get("logps/rejected_drift"), 1e-12);
        });
    }

    /** After updates 2 and 4: θ_ref ← αθ + (1−α)θ_ref, in float32, so to 2⁻²³ of the values. */
    @ParameterizedTest
    @CsvSource({"0.25", "0.6", "1"})
    void followsThePolicy(double alpha) throws Exception {
        List<Group> data = TinyModels.groups(12, 2, 8, 3);
        TinyModels.with(TinyModels.config("llama"), TinyModels.backend("onednn"), 2, model -> {
            Map<String, float[]> start = weights(model);
            Record record = new Record(model);
            try (Reference r = new SyncedReference(copy(model, DType.F32), alpha, 2);
                    Trainer t = new Trainer(model, new DpoLoss(BETA), r, data, settings(5), record)) {
                t.run();
                double moved = 0;
                for (String name : start.keySet()) {
                    float[] two = record.weights.get(1).get(name);
                    float[] four = record.weights.get(3).get(name);
                    float[] found = new float[two.length];
                    model.backend().download(r.changing().get(name), found, 0);
                    for (int i = 0; i < two.length; i++) {
                        double expected = alpha * four[i] + (1 - alpha) * (alpha * two[i] + (1 - alpha) * start.get(name)[i]);
                        assertEquals(expected, found[i], alpha == 1 ? 0 : 4e-7 * Math.max(1, Math.abs(expected)), name);
                        moved = Math.max(moved, Math.abs(found[i] - start.get(name)[i]));
                    }
                }
                assertTrue(moved > 1e-4);
            }
        });
    }

    /** The same pairs in another order, some the other way round and one twice, by another loss's name: the file is used again, bit for bit. */
    @Test
    void theCacheKnowsTextsNotOrder(@TempDir Path cache) throws Exception {
        List<Group> data = TinyModels.groups(9, 2, 10, 3);
        List<Group> other = new ArrayList<>();
        for (int i = data.size() - 1; i >= 0; i--) {
            Group g = data.get(i);
            other.add(i % 2 == 0 ? g : new Group(g.at(), g.prompt(), List.of(g.responses().get(1), g.responses().get(0))));
        }
        other.add(data.get(4));
        TinyModels.with(TinyModels.config("llama-gqa-tied"), TinyModels.backend("onednn"), 2, model -> {
            int[] told = new int[1];
            CachedReference first = CachedReference.of(model, data, 64, cache, n -> told[0] = n);
            assertFalse(first.reused());
            assertEquals(data.size(), told[0]);
            CachedReference second = CachedReference.of(model, other, 64, cache, n -> {
                throw new AssertionError("nothing may be computed again");
            });
            assertTrue(second.reused());
            for (int i = 0; i < other.size(); i++) {
                int before = i < 9 ? 8 - i : 4;
                boolean turned = i < 9 && before % 2 == 1;
                for (int r = 0; r < 2; r++) {
                    assertArrayEquals(one(first, data, before, turned ? 1 - r : r), one(second, other, i, r));
                }
            }
            double[] direct = model.logProbs(PackedBatch.of(data));
            double[] cached = first.logProbs(new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8}, PackedBatch.of(data));
            assertArrayEquals(direct, cached, 2e-5, "packed otherwise, the same to rounding");
            damageAndChange(model, data, cache);
        });
    }

    private static void damageAndChange(Transformer model, List<Group> data, Path cache) throws IOException {
        Path file;
        try (var files = Files.list(cache)) {
            file = files.findFirst().orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(file);
        byte[] damaged = bytes.clone();
        damaged[bytes.length / 2] ^= 1;
        Files.write(file, damaged);
        assertFalse(CachedReference.of(model, data, 64, cache, n -> {}).reused(), "a damaged file must not be used");
        assertArrayEquals(bytes, Files.readAllBytes(file), "and is written again");
        assertFalse(CachedReference.of(model, data, 65, cache, n -> {}).reused(), "other micro-batches round otherwise");
        assertFalse(CachedReference.of(model, data.subList(1, 9), 64, cache, n -> {}).reused());
        model.backend().scale(model.values().get("model.norm.weight"), 1.0001f);
        assertFalse(CachedReference.of(model, data, 64, cache, n -> {}).reused(), "other weights");
    }

    private static double[] one(CachedReference reference, List<Group> data, int group, int response) {
        PackedBatch batch = PackedBatch.of(List.of(data.get(group)));
        return batch.slice(reference.logProbs(new int[] {group}, batch), 0, response);
    }

    @Test
    void refusesWhatCannotFollow() throws Exception {
        TinyModels.with(TinyModels.config("llama"), TinyModels.backend("onednn"), 2, model -> {
            Transformer half = copy(model, DType.BF16);
            assertThrows(IllegalArgumentException.class, () -> new SyncedReference(half, 0.6, 512));
            half.values().close();
            assertThrows(IllegalArgumentException.class, () -> new SyncedReference(model, 0, 512));
            assertThrows(IllegalArgumentException.class, () -> new SyncedReference(model, 1.1, 512));
            assertThrows(IllegalArgumentException.class, () -> new SyncedReference(model, 0.6, 0));
            LoraConfig small = new LoraConfig(2, 4, 0, List.of("q_proj"), false, false);
            try (LoraAdapter adapter = LoraAdapter.fresh(small, model.config(), model.values(), Streams.of(5, "init", 0))) {
                Transformer adapted = Transformer.adapted(model.config(), model.values(), adapter);
                assertThrows(IllegalArgumentException.class, () -> new SyncedReference(adapted, 0.6, 2), "a mean of factors");
                Reference whole = new SyncedReference(model, 1, 2);
                assertThrows(IllegalArgumentException.class,
                        () -> new Trainer(adapted, new DpoLoss(), whole, TinyModels.groups(2, 2, 5, 1), settings(1), new TrainListener() {}));
            }
        });
    }
}
