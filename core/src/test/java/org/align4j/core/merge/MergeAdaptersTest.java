package org.align4j.core.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
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
        AdapterMerge cat = new AdapterMerge(List.of(a, b), List.of(0.7, -0.4), true);
        assertEquals(5, cat.check());
        cat.write(dir.resolve("cat"));
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
        new AdapterMerge(List.of(a, b), List.of(0.5, 0.25), false).write(dir.resolve("out"));
        double s = 5.0 / 3;
        try (var x = org.align4j.core.io.SafeTensorsFile.open(a.resolve(PeftFiles.WEIGHTS)); var y = org.align4j.core.io.SafeTensorsFile.open(b.resolve(PeftFiles.WEIGHTS));
                var z = org.align4j.core.io.SafeTensorsFile.open(dir.resolve("out").resolve(PeftFiles.WEIGHTS))) {
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
        new AdapterMerge(List.of(a), List.of(1.0), false).write(dir.resolve("same"));
        near(merged(base, a, "ma"), merged(base, dir.resolve("same"), "msame"), 2e-6);
    }

    @Test
    void whatCannotBeAddedIsRefused() throws Exception {
        Path base = base("llama");
        Path a = adapter(base, "a", 3, false, false, 5);
        Path wide = adapter(base, "wide", 4, false, false, 5);
        Path dora = adapter(base, "dora", 3, false, true, 5);
        assertTrue(assertThrows(UserException.class, () -> new AdapterMerge(List.of(a, wide), List.of(1.0, 1.0), false).check()).getMessage().contains("ranks 3 and 4"));
        assertTrue(assertThrows(UserException.class, () -> new AdapterMerge(List.of(a, dora), List.of(1.0, 1.0), true).check()).getMessage().contains("DoRA"));
        assertThrows(IllegalArgumentException.class, () -> new AdapterMerge(List.of(a), List.of(-1.0), false));
        ModelConfig other = ModelConfig.freshLlama(71, 16, 24, 2, 4, 4, 64, false);
        Path small = TinyMerge.write(dir.resolve("small"), other, TinyMerge.values(other, 1, 1), DType.F32, Long.MAX_VALUE);
        UserException e = assertThrows(UserException.class,
                () -> ModelMerge.open(MergePlan.of(new MergeMethod.Linear(TinyMerge.settings(1), true), List.of(new ModelRef(small, Optional.of(a))), null)));
        assertTrue(e.getMessage().contains("lora_A.weight must have the shape [3, 16]"), e.getMessage());
    }
}
