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
import java.util.TreeMap;
import org.align4j.core.UserException;
import org.align4j.core.backend.DType;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.checkpoint.CheckpointStore;
import org.align4j.core.data.Group;
import org.align4j.core.model.MemoryPlan;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;
import org.align4j.core.testing.TinyModels;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Reference;
import org.align4j.core.train.TrainListener;
import org.align4j.core.train.TrainSettings;
import org.align4j.core.train.Trainer;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.align4j.losses.pair.DpoLoss;
import org.align4j.losses.supervised.NllLoss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterTrainingTest {
    private static final int STEPS = 6;

    @TempDir
    Path temp;

    private static TrainSettings settings(int batch, int micro, int saveEvery) {
        return new TrainSettings(STEPS, batch, micro, new LrSchedule(LrSchedule.Shape.CONSTANT, 3e-3, 0, STEPS, 1), AdamW.Settings.DEFAULT, 0, saveEvery, 9, 1, 7, 0);
    }

    private static Map<String, float[]> values(Parameters p) {
        Map<String, float[]> all = new TreeMap<>();
        WeightFiles.forEach(p, (slot, v) -> all.put(slot.name(), v));
        return all;
    }

    private static void same(Map<String, float[]> expected, Map<String, float[]> found) {
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, v) -> assertArrayEquals(v, found.get(name), name));
    }

    /**
     * Training the adapter against training explicit factors: whole-model gradients of the merged matrix, the chain rule and AdamW in double.
     * Adam divides each entry by its own size, so the change as a whole is compared, to 10⁻³ of it.
     */
    @ParameterizedTest
    @CsvSource({"llama-gqa-tied, false", "gpt2, false", "qwen2, true"})
    void equalsTrainingTheFactorsOfAFullModel(String family, boolean dora) throws Exception {
        List<Group> data = TinyModels.groups(8, 1, 10, 3);
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 2, model -> {
            try (LoraAdapter adapter = Adapters.trained(Adapters.config(dora, 0), model); LoraAdapter copy = Adapters.trained(Adapters.config(dora, 0), model)) {
                Map<String, float[]> before = values(adapter.values());
                try (Trainer trainer = new Trainer(Adapters.on(model, adapter), new NllLoss(), null, data, settings(8, 1 << 20, 0), new TrainListener() {})) {
                    trainer.run();
                }
                explicit(model, copy, data);
                double change = 0;
                double difference = 0;
                for (String name : before.keySet()) {
                    float[] trained = Adapters.get(adapter.values(), name);
                    float[] byHand = Adapters.get(copy.values(), name);
                    for (int i = 0; i < trained.length; i++) {
                        change += Math.pow(trained[i] - before.get(name)[i], 2);
                        difference += Math.pow(trained[i] - byHand[i], 2);
                    }
                }
                assertTrue(change > 0.1, "six updates of 0.003 an entry");
                assertTrue(Math.sqrt(difference / change) < 1e-3, "differs by " + Math.sqrt(difference / change) + " of the change");
            }
        });
    }

    private static void explicit(Transformer model, LoraAdapter adapter, List<Group> data) {
        PackedBatch batch = PackedBatch.of(data);
        double[] c = new double[batch.targets().length];
        Arrays.fill(c, -1.0 / c.length);
        Map<String, double[]> first = new TreeMap<>();
        Map<String, double[]> second = new TreeMap<>();
        for (int t = 1; t <= STEPS; t++) {
            Map<String, double[]> g = new TreeMap<>();
            try (Parameters merged = model.values().copy(DType.F32)) {
                adapter.mergeInto(merged);
                Adapters.backward(new Transformer(model.config(), merged, model.gradients()), batch, c, null);
            }
            for (LoraModule m : adapter.modules()) {
                Factors f = Factors.of(model.values(), model.gradients(), adapter, m);
                g.put(m.a(), f.a());
                g.put(m.b(), f.b());
                if (adapter.config().dora()) {
                    g.put(m.magnitude(), f.m());
                }
            }
            double norm = Math.sqrt(g.values().stream().flatMapToDouble(Arrays::stream).map(x -> x * x).sum());
            double clip = Math.min(1, 1 / (norm + 1e-6));
            for (String name : g.keySet()) {
                float[] w = Adapters.get(adapter.values(), name);
                double[] m = first.computeIfAbsent(name, n -> new double[w.length]);
                double[] v = second.computeIfAbsent(name, n -> new double[w.length]);
                for (int i = 0; i < w.length; i++) {
                    double gi = clip * g.get(name)[i];
                    m[i] = 0.9 * m[i] + 0.1 * gi;
                    v[i] = 0.999 * v[i] + 0.001 * gi * gi;
                    w[i] -= (float) (3e-3 * m[i] / (1 - Math.pow(0.9, t)) / (Math.sqrt(v[i] / (1 - Math.pow(0.999, t))) + 1e-8));
                }
                model.backend().upload(adapter.values().get(name), w, 0);
            }
        }
    }

    /** DPO against the base with the adapter off; the base is as it was, the loss falls, and how a batch is cut changes rounding alone, dropout included. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void dpoTrainsTheAdapterAlone(boolean coupled) throws Exception {
        List<Group> data = TinyModels.groups(12, 2, 10, 3);
        List<Double> whole = dpo(data, 1 << 20, coupled);
        List<Double> pieces = dpo(data, 16, coupled);
        assertEquals(STEPS, whole.size());
        assertEquals(Math.log(2), whole.get(0), 1e-15, "at the start policy and reference are one, but for dropout, which B = 0 hides");
        assertTrue(whole.get(STEPS - 1) < whole.get(0) - 0.02, whole.toString());
        for (int s = 0; s < STEPS; s++) {
            // As for whole models: losses of every update to 10⁻⁵.
            assertEquals(whole.get(s), pieces.get(s), 1e-5, "update " + s);
        }
    }

    /** DPO that asks for the whole batch at once: a trainer then goes forward twice, under the same masks. */
    private record Coupled(DpoLoss inner) implements Loss {
        @Override
        public String name() {
            return "coupled";
        }

        @Override
        public Needs needs() {
            return inner.needs().and(new Needs(Needs.Arity.PAIR, Needs.Reduction.SUM, Needs.Extra.BATCH));
        }

        @Override
        public Evaluation evaluate(List<Example> part, Batch batch) {
            assertEquals(batch.examples(), part.size());
            return inner.evaluate(part, batch);
        }
    }

    private static List<Double> dpo(List<Group> data, int micro, boolean coupled) throws Exception {
        DpoLoss plain = new DpoLoss(0.1, 0, false);
        Loss loss = coupled ? new Coupled(plain) : plain;
        List<Double> losses = new ArrayList<>();
        TinyModels.with(TinyModels.config("llama-gqa-tied"), TinyModels.backend("onednn"), 2, model -> {
            Map<String, float[]> base = values(model.values());
            try (LoraAdapter adapter = Adapters.fresh(Adapters.config(false, 0.2), model)) {
                Transformer adapted = Adapters.on(model, adapter);
                try (Reference off = Reference.adapterOff(adapted); Trainer trainer = new Trainer(adapted, loss, off, data, settings(12, micro, 0), new TrainListener() {
                    @Override
                    public void onStep(long step, long total, double loss, Map<String, Double> metrics, long tokens, double seconds) {
                        losses.add(loss);
                    }
                })) {
                    trainer.run();
                }
            }
            same(base, values(model.values()));
        });
        return losses;
    }

    @ParameterizedTest
    @CsvSource({"llama-gqa-tied, false", "gpt2, true"})
    void aResumedRunComesToTheSameBits(String family, boolean dora) throws Exception {
        List<Group> data = TinyModels.groups(20, 2, 10, 3);
        CheckpointStore store = CheckpointStore.open(temp.resolve("checkpoints"));
        Map<String, float[]> through = new TreeMap<>();
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 2, model -> {
            try (LoraAdapter adapter = Adapters.fresh(Adapters.config(dora, 0.2), model)) {
                Transformer adapted = Adapters.on(model, adapter);
                try (Trainer t = new Trainer(adapted, new DpoLoss(), Reference.adapterOff(adapted), data, settings(8, 40, 0), new TrainListener() {})) {
                    t.run();
                }
                through.putAll(values(adapter.values()));
            }
            try (LoraAdapter adapter = Adapters.fresh(Adapters.config(dora, 0.2), model)) {
                Transformer adapted = Adapters.on(model, adapter);
                long[] done = new long[1];
                try (Trainer t = new Trainer(adapted, new DpoLoss(), Reference.adapterOff(adapted), data, settings(8, 40, 0), new TrainListener() {})) {
                    assertThrows(Trainer.Stopped.class, () -> t.checkpoints(store, "dpo").stopWhen(() -> ++done[0] == 4).run());
                }
            }
        });
        var saved = store.newestValid(m -> {}).orElseThrow();
        assertTrue(saved.files().containsKey("adapter_model.safetensors") && saved.files().containsKey("adapter_config.json"));
        assertTrue(!saved.files().containsKey("model.safetensors"), "the base is not saved again");
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 2, model -> {
            try (LoraAdapter adapter = Adapters.fresh(Adapters.config(dora, 0.2), model)) {
                Transformer adapted = Adapters.on(model, adapter);
                try (Trainer t = new Trainer(adapted, new DpoLoss(), Reference.adapterOff(adapted), data, settings(8, 40, 0), new TrainListener() {})) {
                    t.resume(saved);
                    t.run();
                }
                same(through, values(adapter.values()));
            }
        });
        refusesAnother(family, saved, 3, Adapters.config(dora, 0.2), "another base");
        refusesAnother(family, saved, 2, new LoraConfig(3, 7, 0.2, List.of(LoraConfig.ALL_LINEAR), false, dora), "other settings");
    }

    private static void refusesAnother(String family, org.align4j.core.checkpoint.Checkpoint saved, long seed, LoraConfig config, String why) throws Exception {
        List<Group> data = TinyModels.groups(20, 2, 10, 3);
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), seed, model -> {
            try (LoraAdapter adapter = Adapters.fresh(config, model)) {
                Transformer adapted = Adapters.on(model, adapter);
                try (Trainer t = new Trainer(adapted, new DpoLoss(), Reference.adapterOff(adapted), data, settings(8, 40, 0), new TrainListener() {})) {
                    assertTrue(assertThrows(UserException.class, () -> t.resume(saved)).getMessage().contains(why));
                }
            }
        });
    }

    /** A second stage goes on with the adapter against a copy of it, or merges it and starts a new one against the merged base. Both begin at ln 2. */
    @Test
    void aSecondStageHasAReferenceEitherWay() throws Exception {
        List<Group> data = TinyModels.groups(8, 2, 10, 3);
        TinyModels.with(TinyModels.config("llama"), TinyModels.backend("onednn"), 2, model -> {
            try (LoraAdapter sft = Adapters.trained(Adapters.config(false, 0), model)) {
                Transformer adapted = Adapters.on(model, sft);
                try (Reference start = Reference.adapterCopy(adapted)) {
                    assertEquals(Math.log(2), firstLoss(adapted, start, data), 0.0);
                }
                sft.mergeInto(model.values());
                try (LoraAdapter second = LoraAdapter.fresh(new LoraConfig(), model.config(), model.values(), new java.util.SplittableRandom(1))) {
                    Transformer again = Adapters.on(model, second);
                    assertEquals(Math.log(2), firstLoss(again, Reference.adapterOff(again), data), 0.0);
                }
            }
        });
    }

    private static double firstLoss(Transformer model, Reference reference, List<Group> data) {
        double[] first = {Double.NaN};
        try (Trainer t = new Trainer(model, new DpoLoss(), reference, data, settings(8, 1 << 20, 0), new TrainListener() {
            @Override
            public void onStep(long step, long total, double loss, Map<String, Double> metrics, long tokens, double seconds) {
                first[0] = step == 1 ? loss : first[0];
            }
        })) {
            t.run();
        }
        return first[0];
    }

    /** Gradients and moments are as large as the adapter, whatever the base; what a checkpoint holds as well. */
    @Test
    void memoryOfTrainingScalesWithTheAdapterAlone() throws Exception {
        long[] held = new long[2];
        int i = 0;
        for (int vocabulary : new int[] {80, 8000}) {
            int at = i++;
            var config = org.align4j.core.model.config.ModelConfig.freshLlama(vocabulary, 32, 48, 2, 4, 4, 64, false);
            try (var b = TinyModels.backend("onednn"); Parameters base = new Parameters(b, new org.align4j.core.model.ParameterLayout(config), DType.F32)) {
                TinyModels.fill(base, 1);
                long before = b.memory().live();
                try (LoraAdapter adapter = LoraAdapter.fresh(Adapters.config(false, 0), config, base, new java.util.SplittableRandom(1));
                        Trainer t = new Trainer(Transformer.adapted(config, base, adapter), new NllLoss(), null, TinyModels.groups(4, 1, 5, 1), settings(4, 99, 0), new TrainListener() {})) {
                    held[at] = b.memory().live() - before;
                    assertEquals(4 * adapter.values().bytes(), held[at], 8 * 256, "values, gradients, two moments; the pool rounds each of eight tensors up");
                    long n = adapter.values().layout().slots().stream().mapToLong(Slot::size).sum();
                    assertEquals(2L * 3 * (4 * (32 + 32) + 3 * (32 + 48)), n);
                    assertEquals(n, LoraAdapter.parameters(adapter.config(), config));
                    assertEquals(base.bytes() + 16 * n, MemoryPlan.ofAdapter(config, base.bytes(), n, false, 99, 9).weights());
                    t.run();
                    assertEquals(held[at], b.memory().live() - before, "an update leaves nothing behind");
                }
            }
        }
        assertEquals(held[0], held[1]);
    }
}
