package org.align4j.core.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.backend.Tensor;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.batch.Reads;
import org.align4j.core.data.Group;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.testing.TinyModels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Hidden states as outputs and their gradients as inputs, and log-probabilities at a temperature. Values against the logits of each sequence alone;
 * gradients against central differences as in {@link GradientCheckTest}, with its steps and tolerances, of Σ c·logProb + Σ g·hidden: hidden states
 * have entries of magnitude 1 like log-probabilities.
 */
class HiddenStatesTest {
    private static final double STEP = 0.02;
    private static final List<Group> GROUPS = TinyModels.groups(3, 2, 7, 4);

    @ParameterizedTest
    @CsvSource({"onednn, llama-gqa-tied", "onednn, llama", "onednn, gpt2", "onednn, gemma", "onednn, mistral-window", "nd4j, llama-gqa-tied"})
    void areWhatTheHeadTakes(String backend, String family) throws Exception {
        TinyModels.with(TinyModels.config(family), TinyModels.backend(backend), 5, model -> {
            int d = model.config().hiddenSize();
            float[] w = new float[TinyModels.VOCABULARY * d];
            model.backend().download(model.values().get(new Weights(model.config(), model.values(), null, null).headName()), w, 0);
            for (boolean targets : new boolean[] {false, true}) {
                PackedBatch batch = PackedBatch.reading(GROUPS, Reads.STATES_AND_CLOSING, targets);
                float[] hidden;
                try (ForwardPass pass = model.inspect(batch, null)) {
                    hidden = pass.hidden();
                }
                int read = 0;
                for (int g = 0; g < GROUPS.size(); g++) {
                    for (int r = 0; r < 2; r++) {
                        assertEquals(read, batch.readStarts()[g][r]);
                        int[] prompt = GROUPS.get(g).prompt();
                        int[] ids = GROUPS.get(g).responses().get(r).ids();
                        float[] logits = model.logits(joined(prompt, ids));
                        for (int t = 0; t <= ids.length; t++, read++) {
                            int row = prompt.length - 1 + t;
                            for (int v = 0; v < TinyModels.VOCABULARY; v++) {
                                double sum = 0;
                                for (int i = 0; i < d; i++) {
                                    sum += (double) hidden[read * d + i] * w[v * d + i];
                                }
                                // Logits of magnitude 10 from float32 sums in another order.
                                assertEquals(logits[row * TinyModels.VOCABULARY + v], sum, 5e-5, "group " + g + " response " + r + " state " + t);
                            }
                        }
                    }
                }
                assertEquals(hidden.length, read * d);
            }
        });
    }


    /** Every way to read takes the same states, whatever stands beside them. */
    @Test
    void oneStateHoweverItIsRead() throws Exception {
        TinyModels.with(TinyModels.config("llama-gqa-tied"), TinyModels.backend("onednn"), 5, model -> {
            int d = model.config().hiddenSize();
            PackedBatch all = PackedBatch.reading(GROUPS, Reads.STATES_AND_CLOSING, false);
            PackedBatch closing = PackedBatch.reading(GROUPS, Reads.CLOSING, true);
            PackedBatch states = PackedBatch.reading(GROUPS, Reads.STATES, true);
            float[] every = read(model, all);
            float[] ends = read(model, closing);
            float[] before = read(model, states);
            assertEquals(6 * d, ends.length);
            for (int g = 0; g < 3; g++) {
                for (int r = 0; r < 2; r++) {
                    int n = GROUPS.get(g).responses().get(r).ids().length;
                    int from = all.readStarts()[g][r];
                    // The same rows in products of other shapes: rounding of float32 values of magnitude 1.
                    assertArrayEquals(part(every, from + n, 1, d), part(ends, closing.readStarts()[g][r], 1, d), 1e-5f);
                    assertArrayEquals(part(every, from, n, d), part(before, states.readStarts()[g][r], n, d), 1e-5f);
                }
            }
            assertArrayEquals(PackedBatch.of(GROUPS).ids(), states.ids(), "states before tokens need no rows of their own");
            assertEquals(PackedBatch.of(GROUPS).tokens() + 6, closing.tokens());
        });
    }

    /** A response without tokens closes where the prompt does. */
    @Test
    void emptyResponses() throws Exception {
        Group g = GROUPS.get(0);
        Group empty = new Group(g.at(), g.prompt(), List.of(g.responses().get(0), TinyModels.response()));
        TinyModels.with(TinyModels.config("gpt2"), TinyModels.backend("onednn"), 5, model -> {
            float[] ends = read(model, PackedBatch.reading(List.of(empty), Reads.CLOSING, false));
            float[] states = read(model, PackedBatch.reading(List.of(empty), Reads.STATES, false));
            assertArrayEquals(part(states, 0, 1, 32), part(ends, 1, 1, 32), 1e-5f);
        });
    }

    private static float[] part(float[] all, int from, int rows, int d) {
        return Arrays.copyOfRange(all, from * d, (from + rows) * d);
    }

    private static float[] read(Transformer model, PackedBatch batch) {
        try (ForwardPass pass = model.inspect(batch, null)) {
            return pass.hidden();
        }
    }

    /** What is read changes nothing of what is predicted. */
    @Test
    void readingStatesLeavesLogProbabilitiesAsTheyAre() throws Exception {
        TinyModels.with(TinyModels.config("llama"), TinyModels.backend("onednn"), 5, model -> {
            PackedBatch plain = PackedBatch.of(GROUPS);
            double[] c = new SplittableRandom(9).doubles(plain.targets().length, -1, 1).toArray();
            Map<String, float[]> expected = gradients(model, plain, c, null);
            double[] logProbs = model.logProbs(plain);
            PackedBatch batch = PackedBatch.reading(GROUPS, Reads.STATES, true);
            assertArrayEquals(logProbs, model.logProbs(batch));
            gradients(model, batch, c, null).forEach((name, g) -> assertArrayEquals(expected.get(name), g, name));
        });
    }

    @ParameterizedTest
    @CsvSource({"llama-gqa-tied, STATES_AND_CLOSING, true", "llama-gqa-tied, CLOSING, false", "gpt2, STATES, true", "gpt2, CLOSING, false", "llama, CLOSING, true"})
    void gradientAgreesWithCentralDifferences(String family, Reads reads, boolean targets) throws Exception {
        PackedBatch batch = PackedBatch.reading(GROUPS, reads, targets);
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 8, model -> check(model, batch, 20));
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-gqa-tied", "gpt2"})
    void gradientOfAnAdapterAgreesToo(String family) throws Exception {
        PackedBatch batch = PackedBatch.reading(GROUPS, Reads.CLOSING, false);
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 8, whole -> {
            try (LoraAdapter adapter = adapter(whole)) {
                check(Transformer.adapted(whole.config(), whole.values(), adapter), batch, 8);
            }
        });
    }

    private static LoraAdapter adapter(Transformer whole) {
        LoraConfig lora = new LoraConfig(2, 4, 0, List.of(LoraConfig.ALL_LINEAR), false, false);
        LoraAdapter adapter = LoraAdapter.fresh(lora, whole.config(), whole.values(), new SplittableRandom(5));
        SplittableRandom random = new SplittableRandom(6);
        for (Slot s : adapter.values().layout().slots()) {
            float[] v = new float[(int) s.size()];
            for (int i = 0; i < v.length; i++) {
                v[i] = (float) (0.2 * random.nextGaussian());
            }
            whole.backend().upload(adapter.values().get(s.name()), v, 0);
        }
        return adapter;
    }

    @ParameterizedTest
    @CsvSource({"llama-gqa-tied, 0.7", "gpt2, 1.6"})
    void gradientAtATemperature(String family, double tau) throws Exception {
        PackedBatch batch = PackedBatch.reading(GROUPS, Reads.CLOSING, true);
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 8, model -> {
            model.temperature(tau);
            check(model, batch, 20);
        });
    }

    /** Against the logits of a sequence alone, divided in double. */
    @ParameterizedTest
    @ValueSource(strings = {"llama-gqa-tied", "gpt2"})
    void logProbabilitiesAtATemperature(String family) throws Exception {
        int v = TinyModels.VOCABULARY;
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 5, model -> {
            PackedBatch batch = PackedBatch.reading(GROUPS, Reads.CLOSING, true);
            float[] hidden = read(model, batch);
            double[] atOne = model.logProbs(batch);
            model.temperature(0.8);
            double[] found = model.logProbs(batch);
            assertArrayEquals(hidden, read(model, batch), "hidden states know no temperature");
            int[] prompt = GROUPS.get(1).prompt();
            int[] ids = GROUPS.get(1).responses().get(1).ids();
            float[] logits = model.logits(joined(prompt, ids));
            double[] part = batch.slice(found, 1, 1);
            for (int t = 0; t < ids.length; t++) {
                int row = (prompt.length - 1 + t) * v;
                double sum = 0;
                for (int i = 0; i < v; i++) {
                    sum += Math.exp(logits[row + i] / 0.8);
                }
                // Rounding of logits of magnitude 10 to 20.
                assertEquals(logits[row + ids[t]] / 0.8 - Math.log(sum), part[t], 3e-5);
            }
            assertEquals(0.8, model.base().temperature());
            model.temperature(1);
            assertArrayEquals(atOne, model.logProbs(batch));
            assertThrows(IllegalArgumentException.class, () -> model.temperature(0));
            assertThrows(IllegalArgumentException.class, () -> model.temperature(Double.NaN));
        });
    }

    /** Blocks computed again give the same bits; a second pass is added to the first; without targets the head has no gradient. */
    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-gqa-tied", "gpt2"})
    void recomputedAndSummed(String family) throws Exception {
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 8, model -> {
            PackedBatch batch = PackedBatch.reading(GROUPS, Reads.CLOSING, false);
            float[] g = random(batch.reads().length * 32);
            Map<String, float[]> once = gradients(model, batch, null, g);
            model.recompute(1);
            gradients(model, batch, null, g).forEach((name, found) -> assertArrayEquals(once.get(name), found, name));
            try (ForwardPass pass = model.forward(batch)) {
                pass.backward(null, g);
            }
            all(model).forEach((name, found) -> {
                for (int i = 0; i < found.length; i++) {
                    assertEquals(2 * once.get(name)[i], found[i], 1e-4 * (1 + Math.abs(found[i])), name);
                }
            });
            if (family.equals("llama")) {
                assertTrue(allZero(once.get("lm_head.weight")));
            }
            try (ForwardPass pass = model.forward(batch)) {
                assertThrows(IllegalArgumentException.class, () -> pass.backward(null, new float[1]));
            }
        });
    }

    private static boolean allZero(float[] x) {
        for (float v : x) {
            if (v != 0) {
                return false;
            }
        }
        return true;
    }

    private static float[] random(int n) {
        SplittableRandom random = new SplittableRandom(19);
        float[] g = new float[n];
        for (int i = 0; i < n; i++) {
            g[i] = (float) random.nextDouble(-0.3, 0.3);
        }
        return g;
    }

    private static int[] joined(int[] a, int[] b) {
        int[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    private static Map<String, float[]> gradients(Transformer model, PackedBatch batch, double[] c, float[] g) {
        model.gradients().clear();
        try (ForwardPass pass = model.forward(batch)) {
            pass.backward(c, g);
        }
        return all(model);
    }

    private static Map<String, float[]> all(Transformer model) {
        Map<String, float[]> all = new HashMap<>();
        WeightFiles.forEach(model.gradients(), (slot, values) -> all.put(slot.name(), values));
        return all;
    }

    private static void check(Transformer model, PackedBatch batch, int least) {
        double[] c = new SplittableRandom(9).doubles(batch.targets().length, -1, 1).toArray();
        float[] g = random(batch.reads().length * model.config().hiddenSize());
        Map<String, float[]> gradients = gradients(model, batch, c.length == 0 ? null : c, g);
        SplittableRandom random = new SplittableRandom(1);
        int checked = 0;
        for (Slot slot : model.trained().layout().slots()) {
            float[] found = gradients.get(slot.name());
            int largest = 0;
            for (int i = 1; i < found.length; i++) {
                largest = Math.abs(found[i]) > Math.abs(found[largest]) ? i : largest;
            }
            double size = Math.abs(found[largest]);
            assertTrue(size > 0 || c.length == 0 && slot.name().equals("lm_head.weight"), slot.name() + " has no gradient at all");
            for (int i : List.of(largest, random.nextInt(found.length))) {
                Tensor entry = model.trained().get(slot.name()).flat(i, 1, 1);
                double coarse = difference(model, batch, c, g, entry, STEP);
                double fine = difference(model, batch, c, g, entry, STEP / 2);
                String what = slot.name() + "[" + i + "]";
                assertEquals(coarse, fine, 0.05 * size + 0.01, what + ": the step is too large");
                assertEquals((4 * fine - coarse) / 3, found[i], 0.01 * size + 4e-3, what);
                checked++;
            }
        }
        assertTrue(checked >= least, checked + " entries");
    }

    private static double difference(Transformer model, PackedBatch batch, double[] c, float[] g, Tensor entry, double h) {
        float[] w = new float[1];
        model.backend().download(entry, w, 0);
        float up = (float) (w[0] + h);
        float down = (float) (w[0] - h);
        double result = (loss(model, batch, c, g, entry, up) - loss(model, batch, c, g, entry, down)) / ((double) up - down);
        model.backend().upload(entry, w, 0);
        return result;
    }

    private static double loss(Transformer model, PackedBatch batch, double[] c, float[] g, Tensor entry, float value) {
        model.backend().upload(entry, new float[] {value}, 0);
        double sum = 0;
        try (ForwardPass pass = model.inspect(batch, null)) {
            double[] logProbs = pass.logProbs();
            float[] hidden = pass.hidden();
            for (int t = 0; t < c.length; t++) {
                sum += c[t] * logProbs[t];
            }
            for (int i = 0; i < g.length; i++) {
                sum += (double) g[i] * hidden[i];
            }
        }
        return sum;
    }
}
