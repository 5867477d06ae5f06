package org.align4j.core.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.align4j.core.UserException;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.adapter.MergedModel;
import org.align4j.core.adapter.PeftFiles;
import org.align4j.core.backend.Backend;
import org.align4j.core.io.DType;
import org.align4j.core.io.FloatSource;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.SafeTensorsWriter;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.testing.TinyModels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models with adapters, and adapters among themselves. */
class MergeAdaptersTest {
    @TempDir
    private Path dir;

    private Path base(String family) throws Exception {
        ModelConfig config = TinyModels.config(family);
        return TinyMerge.write(dir.resolve("base"), config, TinyMerge.values(config, 1, 0.3));
    }

    private Path adapter(Path base, String name, int rank, boolean rs, boolean dora, long seed) {
        ModelConfig config = ModelConfig.read(base);
        LoraConfig lora = new LoraConfig(rank, 5, 0, List.of(LoraConfig.ALL_LINEAR), rs, dora);
        try (Backend b = TinyModels.backend("onednn"); Parameters weights = ModelFiles.load(b, config, base);
                LoraAdapter adapter = LoraAdapter.fresh(lora, config, weights, new SplittableRandom(seed))) {
            SplittableRandom random = new SplittableRandom(seed + 1);
            for (Slot s : adapter.values().layout().slots()) {
                float[] v = new float[Math.toIntExact(s.size())];
                b.download(adapter.values().get(s.name()), v, 0);
                for (int i = 0; i < v.length; i++) {
                    v[i] = s.name().endsWith("lora_B.weight") ? (float) (0.1 * random.nextGaussian()) : s.name().endsWith("magnitude_vector") ? v[i] * 1.1f : v[i];
                }
                b.upload(adapter.values().get(s.name()), v, 0);
            }
            PeftFiles.publish(dir.resolve(name), adapter, "base");
        }
        return dir.resolve(name);
    }

    private Map<String, float[]> merged(Path base, Path adapter, String name) {
        try (Backend b = TinyModels.backend("onednn")) {
            MergedModel.publish(b, base, adapter, dir.resolve(name));
        }
        return TinyMerge.read(dir.resolve(name));
    }

    private static void near(Map<String, float[]> expected, Map<String, float[]> found, double tolerance) {
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, v) -> assertArrayEquals(v, found.get(name), (float) tolerance, name));
    }

    @ParameterizedTest
    @CsvSource({"llama, false, false", "llama, true, false", "llama, false, true", "gpt2, false, false", "gpt2, false, true"})
    void anAdapterIsAddedWhileTheModelIsRead(String family, boolean rs, boolean dora) throws Exception {
        Path base = base(family);
        Path adapter = adapter(base, "adapter", 3, rs, dora, 5);
        ModelRef with = ModelRef.parse("base+adapter", dir);
        assertEquals(new ModelRef(base, Optional.of(adapter)), with);
        Path out = TinyMerge.merge(MergePlan.of(new MergeMethod.Linear(TinyMerge.settings(1), true), List.of(with), null), dir.resolve("out"));
        // Sums of three products, in float32 there and in double here; with DoRA a root and a quotient more.
        near(merged(base, adapter, "there"), TinyMerge.read(out), 2e-6);
        Path mean = TinyMerge.merge(MergePlan.of(new MergeMethod.Linear(TinyMerge.settings(1, 1), true), List.of(with, ModelRef.of(base)), null), dir.resolve("mean"));
        String name = family.equals("gpt2") ? "transformer.h.1.mlp.c_fc.weight" : "model.layers.1.mlp.up_proj.weight";
        float[] a = TinyMerge.read(out, name);
        float[] b = TinyMerge.read(base, name);
        float[] m = TinyMerge.read(mean, name);
        double moved = 0;
        for (int i = 0; i < a.length; i++) {
            assertEquals((float) ((a[i] + (double) b[i]) / 2), m[i]);
            moved = Math.max(moved, Math.abs(a[i] - b[i]));
        }
        assertTrue(moved > 1e-3, "the adapter changes something: " + moved);
        assertTrue(Files.readString(mean.resolve(ModelMerge.RECORD)).contains("adapter_sha256"));
    }

    @Test
    void adaptersSideBySideAreTheirWeightedSum() throws Exception {
        Path base = base("llama");
        Path a = adapter(base, "a", 3, false, false, 5);
        Path b = adapter(base, "b", 2, true, false, 7);
        AdapterMerge cat = new AdapterMerge(List.of(a, b), List.of(0.7, -0.4), true, false);
        assertEquals(5, cat.check());
        cat.write(dir.resolve("cat"), MergeListener.NONE);
        assertEquals(5, PeftFiles.settings(dir.resolve("cat")).rank());
        assertEquals(1, PeftFiles.settings(dir.resolve("cat")).scaling());
        Map<String, float[]> x = merged(base, a, "ma");
        Map<String, float[]> y = merged(base, b, "mb");
        Map<String, float[]> found = merged(base, dir.resolve("cat"), "mcat");
        Map<String, float[]> start = TinyMerge.read(base);
        start.forEach((name, w) -> {
            for (int i = 0; i < w.length; i++) {
                double expected = w[i] + 0.7 * ((double) x.get(name)[i] - w[i]) - 0.4 * ((double) y.get(name)[i] - w[i]);
                assertEquals(expected, found.get(name)[i], 2e-6, name); // sums in float32
            }
        });
    }

    @Test
    void factorsAreAddedAsPeftAddsThem() throws Exception {
        Path base = base("llama");
        Path a = adapter(base, "a", 3, false, false, 5);
        Path b = adapter(base, "b", 3, false, false, 7);
        new AdapterMerge(List.of(a, b), List.of(0.5, 0.25), false, false).write(dir.resolve("out"), MergeListener.NONE);
        double s = 5.0 / 3;
        try (var x = SafeTensorsFile.open(a.resolve(PeftFiles.WEIGHTS)); var y = SafeTensorsFile.open(b.resolve(PeftFiles.WEIGHTS));
                var z = SafeTensorsFile.open(dir.resolve("out").resolve(PeftFiles.WEIGHTS))) {
            for (String name : x.tensors().keySet()) {
                float[][] v = new float[3][Math.toIntExact(x.tensors().get(name).elements())];
                x.read(name, 0, v[0], 0, v[0].length);
                y.read(name, 0, v[1], 0, v[1].length);
                z.read(name, 0, v[2], 0, v[2].length);
                for (int i = 0; i < v[0].length; i++) {
                    assertEquals((float) (Math.sqrt(0.5 * s) * v[0][i] + Math.sqrt(0.25 * s) * v[1][i]), v[2][i], name);
                }
            }
        }
        // A single adapter with weight 1 computes what it did.
        new AdapterMerge(List.of(a), List.of(1.0), false, false).write(dir.resolve("same"), MergeListener.NONE);
        near(merged(base, a, "ma"), merged(base, dir.resolve("same"), "msame"), 2e-6);
    }

    @ParameterizedTest
    @CsvSource({"false, 4, 2.25", "true, 2, 1.25"})
    void equalAdaptersAreThemselvesWhenNormalized(boolean cat, double plain, double uneven) throws Exception {
        Path base = base("llama");
        Path a = adapter(base, "a", 3, false, false, 5);
        Map<String, float[]> once = merged(base, a, "once");
        for (List<Double> weights : List.of(List.of(1.0, 1.0), List.of(0.25, 1.0))) {
            String name = "same-" + weights;
            AdapterMerge same = new AdapterMerge(List.of(a, a), weights, cat, true);
            assertEquals(1, same.total());
            same.write(dir.resolve(name), MergeListener.NONE);
            near(once, merged(base, dir.resolve(name), name + "-model"), 2e-6); // sums in float32
        }
        // Without, two weights of 1 make four times the adapter linearly (PEFT's cross terms), and twice side by side; that is said beforehand.
        assertEquals(uneven, new AdapterMerge(List.of(a, a), List.of(0.25, 1.0), cat, false).total());
        AdapterMerge twice = new AdapterMerge(List.of(a, a), List.of(1.0, 1.0), cat, false);
        assertEquals(plain, twice.total());
        twice.write(dir.resolve("plain"), MergeListener.NONE);
        Map<String, float[]> start = TinyMerge.read(base);
        merged(base, dir.resolve("plain"), "plain-model").forEach((name, v) -> {
            for (int i = 0; i < v.length; i++) {
                float w = start.get(name)[i];
                assertEquals(w + plain * (once.get(name)[i] - (double) w), v[i], 1e-5, name); // rounding of one difference, four times
            }
        });
        assertThrows(IllegalArgumentException.class, () -> new AdapterMerge(List.of(a, a), List.of(1.0, -1.0), true, true));
    }

    /** Wide enough for several pieces, which do not end with rows; in little memory because nothing is kept. */
    @ParameterizedTest
    @CsvSource({"false, 7, 7", "true, 7, 5"})
    void factorsAreMadePieceByPiece(boolean cat, int first, int second) throws Exception {
        int wide = 60_000;
        Path a = wideAdapter("a", first, wide, 1);
        Path b = wideAdapter("b", second, wide, 2);
        AdapterMerge merge = new AdapterMerge(List.of(a, b), List.of(0.5, 2.0), cat, false);
        long[] seen = new long[3];
        merge.write(dir.resolve("out"), new MergeListener() {
            @Override
            public void progress(long done, long total) {
                assertTrue(done > seen[0] && done <= total);
                seen[0] = done;
                seen[1] = total;
                seen[2]++;
            }
        });
        int rank = cat ? first + second : first;
        assertEquals(2L * rank * wide, seen[1]);
        assertEquals(seen[1], seen[0]);
        assertTrue(seen[2] >= 4, "more pieces than tensors: " + seen[2]);
        String layer = "base_model.model.model.layers.0.mlp.up_proj.lora_";
        float[][] x = {values(a, layer + "A.weight"), values(b, layer + "A.weight"), values(dir.resolve("out"), layer + "A.weight")};
        float[][] y = {values(a, layer + "B.weight"), values(b, layer + "B.weight"), values(dir.resolve("out"), layer + "B.weight")};
        for (int i = 0; i < rank * wide; i++) {
            int row = i / wide; // of A
            int line = i / rank; // of B
            int column = i % rank;
            float stacked = row < first ? (float) (0.5 * 2 * x[0][i]) : cat ? (float) (2.0 * 2 * x[1][i - first * wide]) : 0;
            float beside = column < first ? y[0][line * first + column] : cat ? y[1][line * second + column - first] : 0;
            assertEquals(cat ? stacked : (float) (Math.sqrt(0.5) * Math.sqrt(2) * x[0][i] + Math.sqrt(2) * Math.sqrt(2) * x[1][i]), x[2][i]);
            assertEquals(cat ? beside : (float) (Math.sqrt(0.5) * Math.sqrt(2) * y[0][i] + Math.sqrt(2) * Math.sqrt(2) * y[1][i]), y[2][i]);
        }
        int[] asked = new int[1];
        assertThrows(MergeStopped.class, () -> merge.write(dir.resolve("stopped"), new MergeListener() {
            @Override
            public boolean stop() {
                return asked[0]++ == 2;
            }
        }));
        assertEquals(3, asked[0]);
        try (var left = Files.list(dir)) {
            assertEquals(List.of("a", "b", "out"), left.map(p -> p.getFileName().toString()).sorted().toList());
        }
    }

    private Path wideAdapter(String name, int rank, int wide, long seed) throws Exception {
        Path to = Files.createDirectory(dir.resolve(name));
        Files.writeString(to.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\", \"task_type\": \"CAUSAL_LM\", \"r\": " + rank + ", \"lora_alpha\": " + 2 * rank
                + ", \"lora_dropout\": 0.0, \"target_modules\": [\"up_proj\"]}");
        SplittableRandom random = new SplittableRandom(seed);
        List<TensorEntry> entries = new ArrayList<>();
        for (String factor : List.of("A", "B")) {
            float[] v = new float[rank * wide];
            for (int i = 0; i < v.length; i++) {
                v[i] = (float) random.nextDouble(-1, 1);
            }
            entries.add(new TensorEntry("base_model.model.model.layers.0.mlp.up_proj.lora_" + factor + ".weight", DType.F32,
                    factor.equals("A") ? new long[] {rank, wide} : new long[] {wide, rank}, FloatSource.of(v)));
        }
        SafeTensorsWriter.write(to.resolve(PeftFiles.WEIGHTS), entries);
        return to;
    }

    private static float[] values(Path adapter, String tensor) {
        try (SafeTensorsFile file = SafeTensorsFile.open(adapter.resolve(PeftFiles.WEIGHTS))) {
            float[] v = new float[Math.toIntExact(file.tensors().get(tensor).elements())];
            file.read(tensor, 0, v, 0, v.length);
            return v;
        }
    }

    @Test
    void whatCannotBeAddedIsRefused() throws Exception {
        Path base = base("llama");
        Path a = adapter(base, "a", 3, false, false, 5);
        Path wide = adapter(base, "wide", 4, false, false, 5);
        Path dora = adapter(base, "dora", 3, false, true, 5);
        assertTrue(assertThrows(UserException.class, () -> new AdapterMerge(List.of(a, wide), List.of(1.0, 1.0), false, true).check()).getMessage().contains("ranks 3 and 4"));
        assertTrue(assertThrows(UserException.class, () -> new AdapterMerge(List.of(a, dora), List.of(1.0, 1.0), true, true).check()).getMessage().contains("DoRA"));
        assertThrows(IllegalArgumentException.class, () -> new AdapterMerge(List.of(a), List.of(-1.0), false, true));
        ModelConfig other = ModelConfig.freshLlama(71, 16, 24, 2, 4, 4, 64, false);
        Path small = TinyMerge.write(dir.resolve("small"), other, TinyMerge.values(other, 1, 1), DType.F32, Long.MAX_VALUE);
        UserException e = assertThrows(UserException.class,
                () -> ModelMerge.open(MergePlan.of(new MergeMethod.Linear(TinyMerge.settings(1), true), List.of(new ModelRef(small, Optional.of(a))), null)));
        assertTrue(e.getMessage().contains("lora_A.weight must have the shape [3, 16]"), e.getMessage());
    }
}
