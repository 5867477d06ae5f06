package org.align4j.core.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.testing.Shared;
import org.align4j.core.testing.TinyModels;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Reference;
import org.align4j.core.train.TrainListener;
import org.align4j.core.train.TrainSettings;
import org.align4j.core.train.Trainer;
import org.align4j.losses.pair.DpoLoss;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Adapters on a base in four bits or bfloat16. */
class FrozenBaseTest {
    private static final PackedBatch BATCH = PackedBatch.of(TinyModels.groups(3, 2, 9, 4));

    /** Whose linear layers differ, and nothing else. */
    private static Parameters nf4(Transformer model, Path dir) {
        ModelFiles.publish(dir, model.config(), model.values(), org.align4j.core.io.DType.F32, null);
        return ModelFiles.loadNf4(model.backend(), model.config(), dir, DType.F32);
    }

    /** A float32 model of the values that the four bits stand for. */
    private static Parameters expanded(Parameters base) {
        Parameters wide = new Parameters(base.backend(), base.layout(), DType.F32);
        WeightFiles.forEach(base, (slot, v) -> wide.backend().upload(wide.get(slot.name()), v, 0));
        return wide;
    }

    @ParameterizedTest
    @CsvSource({"onednn, llama, false", "onednn, qwen2, true", "onednn, gpt2, true", "onednn, gemma, false", "nd4j, llama-gqa-tied, false", "nd4j, gpt2, false"})
    void fourBitsComputeAsTheValuesTheyStandFor(String backend, String family, boolean dora, @TempDir Path temp) throws Exception {
        TinyModels.with(TinyModels.config(family), TinyModels.backend(backend), 8, model -> {
            try (Parameters base = nf4(model, temp.resolve("m")); Parameters wide = expanded(base)) {
                Transformer four = new Transformer(model.config(), base, null);
                Transformer full = new Transformer(model.config(), wide, null);
                assertArrayEquals(full.logProbs(BATCH), four.logProbs(BATCH));
                try (LoraAdapter a = Adapters.trained(Adapters.config(dora, 0.2), four); LoraAdapter b = Adapters.trained(Adapters.config(dora, 0.2), full)) {
                    double[] c = new double[BATCH.targets().length];
                    java.util.Arrays.fill(c, 1);
                    Adapters.backward(Adapters.on(four, a), BATCH, c, new long[] {1, 2, 3});
                    Adapters.backward(Adapters.on(full, b), BATCH, c, new long[] {1, 2, 3});
                    for (Slot s : a.values().layout().slots()) {
                        assertArrayEquals(Adapters.get(b.gradients(), s.name()), Adapters.get(a.gradients(), s.name()), s.name());
                    }
                    assertThrows(UserException.class, () -> a.mergeInto(base));
                }
                assertThrows(IllegalStateException.class, () -> base.copy(DType.F32));
                assertThrows(IllegalStateException.class, () -> ModelFiles.entries(base, org.align4j.core.io.DType.F32, ""));
                assertThrows(IllegalArgumentException.class, () -> new Transformer(model.config(), base, model.gradients()));
                long linear = LoraModule.all(model.config()).stream().mapToLong(m -> (long) m.inputs() * m.outputs()).sum();
                // At most 4.8 bits a value in matrices as small as these; the rest lies in pieces of 4 KiB.
                assertTrue(base.bytes() < wide.bytes() - (4 - 4.8 / 8) * linear + 4096, base.bytes() + " of " + wide.bytes());
            }
        });
    }

    /** Text that a trained model finds likely stays so: models this small lose 0.05 to 0.12 nats a token, where a broken one would lose several. */
    @ParameterizedTest
    @ValueSource(strings = {"stories260K", "babyllama"})
    void trainedModelsSurviveFourBits(String name) throws Exception {
        Path dir = Shared.path("models/" + name);
        ModelConfig config = ModelConfig.read(dir);
        List<Group> groups = new ArrayList<>();
        for (JsonNode c : JsonMapper.shared().readTree(dir.resolve("golden.json").toFile()).get("cases")) {
            int[] ids = IntStream.range(0, c.get("ids").size()).map(i -> c.get("ids").get(i).asInt()).toArray();
            groups.add(new Group(new Location(name, 1), new int[] {ids[0]}, List.of(TinyModels.response(Arrays.copyOfRange(ids, 1, ids.length)))));
        }
        PackedBatch batch = PackedBatch.of(groups);
        try (Backend b = TinyModels.backend("onednn"); Parameters full = ModelFiles.load(b, config, dir); Parameters four = ModelFiles.loadNf4(b, config, dir, DType.F32)) {
            double expected = Arrays.stream(new Transformer(config, full, null).logProbs(batch)).average().orElseThrow();
            double found = Arrays.stream(new Transformer(config, four, null).logProbs(batch)).average().orElseThrow();
            assertTrue(Math.abs(found - expected) > 1e-4 && Math.abs(found - expected) < 0.2, expected + " became " + found);
            assertTrue(expected > -Math.log(config.vocabSize()) + 2, "the text is likely: " + expected);
        }
    }

    @ParameterizedTest
    @CsvSource({"nf4, llama-gqa-tied, false", "nf4, gpt2, true", "bf16, llama-gqa-tied, true", "bf16, gpt2, false"})
    void dpoTrainsOnAFrozenBase(String kind, String family, boolean dora, @TempDir Path temp) throws Exception {
        List<Group> data = TinyModels.groups(12, 2, 10, 3);
        TrainSettings settings = new TrainSettings(12, 12, 1 << 20, new LrSchedule(LrSchedule.Shape.CONSTANT, 5e-3, 0, 12, 1), AdamW.Settings.DEFAULT, 0, 0, 1, 1, 7, 0);
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 2, model -> {
            try (Parameters base = kind.equals("nf4") ? nf4(model, temp.resolve("m")) : model.values().copy(DType.BF16);
                    LoraAdapter adapter = LoraAdapter.fresh(Adapters.config(dora, 0), model.config(), base, new java.util.SplittableRandom(1))) {
                String before = WeightFiles.digest(base);
                Transformer adapted = Transformer.adapted(model.config(), base, adapter);
                assertArrayEquals(adapted.base().logProbs(BATCH), adapted.logProbs(BATCH), "the start equals the base");
                List<Double> losses = new ArrayList<>();
                try (Trainer t = new Trainer(adapted, new DpoLoss(), Reference.adapterOff(adapted), data, settings, new TrainListener() {
                    @Override
                    public void onStep(long step, long total, double loss, Map<String, Double> metrics, long tokens, double seconds) {
                        losses.add(loss);
                    }
                })) {
                    t.run();
                }
                assertEquals(Math.log(2), losses.get(0), 1e-15);
                assertTrue(losses.get(11) < 0.5, losses.toString());
                assertEquals(before, WeightFiles.digest(base), "the base is as it was");
            }
        });
    }
}
