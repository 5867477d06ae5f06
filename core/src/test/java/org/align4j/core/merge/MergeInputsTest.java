package org.align4j.core.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.io.DType;
import org.align4j.core.io.HalfFloats;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.model.config.ModelConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What models may look like, and what is refused. */
class MergeInputsTest {
    @TempDir
    private Path dir;

    private Path model(String name, long seed) throws IOException {
        return TinyMerge.write(dir.resolve(name), TinyMerge.LLAMA, TinyMerge.values(TinyMerge.LLAMA, seed, 1));
    }

    private String refused(MergePlan plan) {
        UserException e = assertThrows(UserException.class, () -> TinyMerge.merge(plan, dir.resolve("bad")));
        assertFalse(Files.exists(dir.resolve("bad")));
        try (var left = Files.list(dir)) {
            assertTrue(left.noneMatch(p -> p.getFileName().toString().endsWith(".tmp")), "nothing half-written is left");
        } catch (IOException io) {
            throw new java.io.UncheckedIOException(io);
        }
        return e.getMessage();
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "F16", "BF16"})
    void typesAndFilesMayDiffer(DType type) throws IOException {
        Map<String, float[]> x = TinyMerge.values(TinyMerge.LLAMA, 1, 1);
        Map<String, float[]> y = TinyMerge.values(TinyMerge.LLAMA, 2, 1);
        Path a = TinyMerge.write(dir.resolve("a"), TinyMerge.LLAMA, x, type, 300);
        Path b = TinyMerge.write(dir.resolve("b"), TinyMerge.LLAMA, y, DType.F32, 2000);
        assertTrue(Files.exists(a.resolve("model.safetensors.index.json")) && Files.exists(b.resolve("model.safetensors.index.json")));
        Path out = TinyMerge.merge(TinyMerge.linear(new double[] {1, 1}, true, a, b), dir.resolve("out"));
        for (String name : x.keySet()) {
            float[] v = TinyMerge.read(out, name);
            float[] stored = TinyMerge.read(a, name);
            for (int i = 0; i < v.length; i++) {
                float mean = (float) ((stored[i] + (double) y.get(name)[i]) / 2);
                float expected = type == DType.F32 ? mean : type == DType.BF16 ? HalfFloats.bf16ToFloat(HalfFloats.floatToBf16(mean))
                        : HalfFloats.f16ToFloat(HalfFloats.floatToF16(mean));
                assertEquals(expected, v[i], name);
            }
        }
        try (ModelWeights w = ModelWeights.open(out)) {
            assertTrue(w.tensors().values().stream().allMatch(t -> t.dtype() == type), "the types are those of the first model");
        }
        assertTrue(Files.readString(out.resolve(ModelMerge.RECORD)).contains("weights_sha256"));
        assertTrue(Files.readString(out.resolve("README.md")).startsWith("---\nbase_model:\n- \""));
    }

    @Test
    void theTypeCanBeChosen() throws IOException {
        MergePlan plan = TinyMerge.linear(new double[] {1, 1}, true, model("a", 1), model("b", 2));
        Path out = TinyMerge.merge(new MergePlan(plan.method(), plan.models(), Optional.empty(), Optional.empty(), Optional.of(DType.BF16), Optional.empty()), dir.resolve("out"));
        try (ModelWeights w = ModelWeights.open(out)) {
            assertTrue(w.tensors().values().stream().allMatch(t -> t.dtype() == DType.BF16));
        }
        assertEquals("bfloat16", ModelConfig.read(out).raw().get("torch_dtype"));
    }

    @Test
    void theConfigurationSaysTheTypeThatWasWritten() throws IOException {
        Path a = Files.createDirectory(dir.resolve("a"));
        Files.writeString(a.resolve("config.json"), "{\"architectures\": [\"Vector\"], \"torch_dtype\": \"float64\"}");
        byte[] header = "{\"v\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]}}  ".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        header = java.util.Arrays.copyOf(header, header.length / 8 * 8);
        var bytes = java.nio.ByteBuffer.allocate(8 + header.length + 16).order(java.nio.ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header).putDouble(1.5).putDouble(-3);
        Files.write(a.resolve("model.safetensors"), bytes.array());
        Path out = TinyMerge.merge(TinyMerge.linear(new double[] {1, 1}, true, a, a), dir.resolve("out"));
        assertArrayEquals(new float[] {1.5f, -3}, TinyMerge.read(out, "v"));
        try (ModelWeights w = ModelWeights.open(out)) {
            assertEquals(DType.F32, w.tensors().get("v").dtype());
        }
        assertTrue(Files.readString(out.resolve("config.json")).contains("\"torch_dtype\": \"float32\""), Files.readString(out.resolve("config.json")));
        // Nothing, or something else, may have been said; transformers 5 calls it dtype.
        Path b = TinyMerge.vector(dir.resolve("b"), 1, 2);
        assertTrue(Files.readString(TinyMerge.merge(TinyMerge.slerp(0.5, b, b), dir.resolve("two")).resolve("config.json")).contains("\"torch_dtype\": \"float32\""));
        Files.writeString(b.resolve("config.json"), "{\"architectures\": [\"Vector\"], \"dtype\": \"bfloat16\"}");
        assertTrue(Files.readString(TinyMerge.merge(TinyMerge.slerp(0.5, b, b), dir.resolve("three")).resolve("config.json")).contains("\"dtype\": \"float32\""));
    }

    @Test
    void aTiedHeadStaysTiedOrBecomesAHead() throws IOException {
        Map<String, float[]> x = TinyMerge.values(TinyMerge.TIED, 1, 1);
        Map<String, float[]> y = TinyMerge.values(TinyMerge.LLAMA, 2, 1);
        Path tied = TinyMerge.write(dir.resolve("tied"), TinyMerge.TIED, x);
        Path free = TinyMerge.write(dir.resolve("free"), TinyMerge.LLAMA, y);
        Path both = TinyMerge.merge(TinyMerge.linear(new double[] {1, 1}, true, tied, tied), dir.resolve("both"));
        assertFalse(TinyMerge.read(both).containsKey("lm_head.weight"));
        Path mixed = TinyMerge.merge(TinyMerge.linear(new double[] {1, 1}, true, tied, free), dir.resolve("mixed"));
        assertFalse(ModelConfig.read(mixed).tied());
        float[] head = TinyMerge.read(mixed, "lm_head.weight");
        for (int i = 0; i < head.length; i++) {
            assertEquals((float) ((x.get("model.embed_tokens.weight")[i] + (double) y.get("lm_head.weight")[i]) / 2), head[i]);
        }
    }

    @Test
    void valuesThatAreNotFiniteAreNamed() throws IOException {
        Path a = model("a", 1);
        Map<String, float[]> bad = TinyMerge.values(TinyMerge.LLAMA, 2, 1);
        bad.get("model.layers.2.mlp.down_proj.weight")[7] = Float.NaN;
        Path b = TinyMerge.write(dir.resolve("b"), TinyMerge.LLAMA, bad);
        String message = refused(TinyMerge.linear(new double[] {1, 1}, true, a, b));
        assertTrue(message.contains("model.layers.2.mlp.down_proj.weight") && message.contains("NaN") && message.contains("index 7"), message);
        Map<String, float[]> large = new HashMap<>(TinyMerge.values(TinyMerge.LLAMA, 2, 1));
        large.get("model.norm.weight")[1] = 3e38f;
        Path c = TinyMerge.write(dir.resolve("c"), TinyMerge.LLAMA, large);
        message = refused(TinyMerge.linear(new double[] {1, 3}, false, a, c));
        assertTrue(message.contains("model.norm.weight") && message.contains("Infinity"), message);
        MergePlan halves = TinyMerge.linear(new double[] {1, 1}, true, a, c);
        message = refused(new MergePlan(halves.method(), halves.models(), Optional.empty(), Optional.empty(), Optional.of(DType.F16), Optional.empty()));
        assertTrue(message.contains("model.norm.weight") && message.contains("65504"), message);
    }

    @Test
    void modelsOfOtherShapesAreRefused() throws IOException {
        Path a = model("a", 1);
        ModelConfig words = ModelConfig.freshLlama(13, 8, 12, 3, 2, 1, 16, false);
        Path b = TinyMerge.write(dir.resolve("b"), words, TinyMerge.values(words, 2, 1));
        assertTrue(refused(TinyMerge.slerp(0.5, a, b)).contains("vocabularies differ: 11 and 13"));
        ModelConfig deep = ModelConfig.freshLlama(11, 8, 12, 4, 2, 1, 16, false);
        Path c = TinyMerge.write(dir.resolve("c"), deep, TinyMerge.values(deep, 2, 1));
        assertTrue(refused(TinyMerge.slerp(0.5, a, c)).contains("differ in layers"));
        Path d = dir.resolve("d");
        TinyMerge.write(d, TinyMerge.LLAMA, TinyMerge.values(TinyMerge.LLAMA, 2, 1));
        Files.writeString(d.resolve("config.json"), TinyMerge.LLAMA.toJson().replace("10000.0", "500000.0"));
        assertTrue(refused(TinyMerge.slerp(0.5, a, d)).contains("ropeTheta"));
        Path v = TinyMerge.vector(dir.resolve("v"), 1, 2);
        Path w = TinyMerge.vector(dir.resolve("w"), 1, 2, 3);
        assertTrue(refused(TinyMerge.slerp(0.5, v, w)).contains("\"v\" is [2] in the one and [3] in the other"));
        Files.writeString(w.resolve("config.json"), "{\"architectures\": [\"Vector\"], \"theta\": 2}");
        assertTrue(refused(TinyMerge.slerp(0.5, v, w)).contains("theta of config.json is null in the one and 2"));
    }

    @Test
    void damagedFilesAreRefused() throws IOException {
        Path a = model("a", 1);
        Path b = model("b", 2);
        byte[] bytes = Files.readAllBytes(b.resolve("model.safetensors"));
        Files.write(b.resolve("model.safetensors"), java.util.Arrays.copyOf(bytes, bytes.length - 5));
        assertTrue(refused(TinyMerge.slerp(0.5, a, b)).contains("truncated"));
        Files.delete(b.resolve("model.safetensors"));
        assertTrue(refused(TinyMerge.slerp(0.5, a, b)).contains("has neither"));
        assertTrue(assertThrows(UserException.class, () -> ModelRef.parse("nowhere", dir)).getMessage().contains("no directory"));
    }

    private static String tokenizer(String tokens, String rest) {
        return "{\"version\": \"1.0\", \"model\": {\"type\": \"WordLevel\", \"vocab\": {" + tokens + "}}" + rest + "}";
    }

    @Test
    void tokenizersAreComparedByWhatTheySay() throws IOException {
        Path a = model("a", 1);
        Path b = model("b", 2);
        MergePlan plan = TinyMerge.slerp(0.5, a, b);
        MergePlan told = new MergePlan(plan.method(), plan.models(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(b));
        Files.writeString(a.resolve("tokenizer.json"), tokenizer("\"x\": 0, \"y\": 1", ""));
        Path one = TinyMerge.merge(plan, dir.resolve("one"));
        assertTrue(Files.exists(one.resolve("tokenizer.json")), "the only tokenizer there is");
        Files.writeString(b.resolve("tokenizer.json"), tokenizer("\"y\": 1,\n \"x\": 0", ", \"truncation\": null"));
        TinyMerge.merge(plan, dir.resolve("two"));
        Files.writeString(b.resolve("tokenizer.json"), tokenizer("\"y\": 1, \"x\": 0", ", \"normalizer\": {\"type\": \"NFC\"}"));
        assertTrue(refused(plan).contains("they differ in normalizer"));
        assertEquals(Files.readString(b.resolve("tokenizer.json")), Files.readString(TinyMerge.merge(told, dir.resolve("three")).resolve("tokenizer.json")));
        Files.writeString(b.resolve("tokenizer.json"), tokenizer("\"y\": 1, \"x\": 0, \"z\": 2", ""));
        assertTrue(refused(plan).contains("tokenizer_source"));
        TinyMerge.merge(told, dir.resolve("four"));
        Files.writeString(b.resolve("tokenizer.json"), tokenizer("\"y\": 0, \"x\": 1", ""));
        assertTrue(refused(told).contains("different tokens"));
    }

    private static MergePlan told(MergePlan plan, Path tokenizer) {
        return new MergePlan(plan.method(), plan.models(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(tokenizer));
    }

    @Test
    void aTokenizerMustFitTheEmbeddings() throws IOException {
        MergePlan plan = TinyMerge.slerp(0.5, model("a", 1), model("b", 2));
        Path other = Files.createDirectory(dir.resolve("other"));
        assertTrue(refused(told(plan, other)).contains("has no tokenizer.json or vocab.json"));
        Files.writeString(other.resolve("tokenizer.json"), tokenizer("\"x\": 0, \"y\": 10", ""));
        TinyMerge.merge(told(plan, other), dir.resolve("fits"));
        Files.writeString(other.resolve("tokenizer.json"), tokenizer("\"x\": 0, \"y\": 1", ", \"added_tokens\": [{\"id\": 11, \"content\": \"<pad>\"}]"));
        String message = refused(told(plan, other));
        assertTrue(message.contains("largest id is 11 (\"<pad>\")") && message.contains("11 embeddings, ids 0 to 10"), message);
        Files.delete(other.resolve("tokenizer.json"));
        Files.writeString(other.resolve("vocab.json"), "{\"x\": 0, \"y\": 1}");
        TinyMerge.merge(told(plan, other), dir.resolve("words"));
        Files.writeString(other.resolve("added_tokens.json"), "{\"<pad>\": 11}");
        assertTrue(refused(told(plan, other)).contains("largest id is 11"));
    }

    private List<String> notCompared(MergePlan plan) {
        try (ModelMerge merge = ModelMerge.open(plan)) {
            return merge.notCompared();
        }
    }

    @Test
    void tokenizersOfOtherKindsAreComparedOrNamed() throws IOException {
        Path a = model("a", 1);
        Path b = model("b", 2);
        MergePlan plan = TinyMerge.slerp(0.5, a, b);
        assertEquals(List.of("no model has a tokenizer"), notCompared(plan));
        assertEquals(List.of(), notCompared(TinyMerge.slerp(0.5, a, a)));
        Files.writeString(b.resolve("tokenizer.model"), "pieces");
        assertEquals(List.of("the tokenizers of " + b + " (tokenizer.model) and " + a + " (none)"), notCompared(plan));
        Path out = TinyMerge.merge(plan, dir.resolve("out"));
        assertTrue(Files.readString(out.resolve(ModelMerge.RECORD)).contains("tokenizers_not_compared"));
        assertTrue(Files.exists(out.resolve("tokenizer.model")));
        Files.writeString(a.resolve("tokenizer.model"), "others");
        assertTrue(refused(plan).contains("their tokenizer.model are not the same"));
        Files.writeString(a.resolve("tokenizer.model"), "pieces");
        assertEquals(List.of(), notCompared(plan));

        Files.writeString(a.resolve("vocab.json"), "{\"x\": 0, \"y\": 1}");
        Files.writeString(b.resolve("vocab.json"), "{\"x\": 1, \"y\": 0}");
        assertTrue(refused(plan).contains("different tokens"));
        Files.writeString(b.resolve("vocab.json"), "{\"y\": 1, \"x\": 0}");
        Files.writeString(a.resolve("merges.txt"), "x y");
        Files.writeString(b.resolve("merges.txt"), "y x");
        assertTrue(refused(plan).contains("they differ in merges.txt"));
        assertEquals(List.of(), notCompared(told(plan, b)));
        Files.writeString(b.resolve("merges.txt"), "x y");
        assertEquals(List.of(), notCompared(plan));

        Files.writeString(a.resolve("tokenizer.json"), tokenizer("\"x\": 0, \"y\": 1, \"<s>\": 2", ""));
        assertEquals(1, notCompared(plan).size());
        assertTrue(notCompared(plan).get(0).startsWith("the rules of the tokenizers of " + a + " (tokenizer.json) and " + b + " (vocab.json)"));
        Files.writeString(b.resolve("vocab.json"), "{\"x\": 0, \"y\": 1, \"z\": 3}");
        assertTrue(refused(plan).contains("tokenizer_source"), "a token that the other lacks");
        Files.writeString(b.resolve("vocab.json"), "{\"x\": 0, \"z\": 1}");
        assertTrue(refused(told(plan, a)).contains("different tokens"));
    }

    @Test
    void aMergeThatIsStoppedLeavesNothing() throws IOException {
        MergePlan plan = TinyMerge.slerp(0.5, model("a", 1), model("b", 2));
        int[] asked = new int[1];
        MergeListener listener = new MergeListener() {
            @Override
            public boolean stop() {
                return asked[0]++ > 20;
            }
        };
        try (ModelMerge merge = ModelMerge.open(plan)) {
            assertThrows(MergeStopped.class, () -> merge.write(dir.resolve("out"), listener, ModelMerge.NONE));
        }
        assertEquals(21 + 1, asked[0], "stopped in the midst of it");
        try (var left = Files.list(dir)) {
            assertEquals(List.of("a", "b"), left.map(p -> p.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void progressReachesItsEnd() throws IOException {
        MergePlan plan = TinyMerge.vectors("ties", new Sparsity.Largest(TinyMerge.settings(0.5)), 1, null, model("a", 1), model("b", 2));
        long[] last = new long[2];
        MergeListener listener = new MergeListener() {
            @Override
            public void progress(long done, long total) {
                assertTrue(done > last[0] && done <= total);
                last[0] = done;
                last[1] = total;
            }
        };
        try (ModelMerge merge = ModelMerge.open(plan)) {
            merge.write(dir.resolve("out"), listener, ModelMerge.NONE);
            assertEquals(3 * merge.parameters(), last[1]);
        }
        assertEquals(last[1], last[0]);
        assertArrayEquals(new String[] {"README.md", "config.json", "merge.json", "model.safetensors"}, dir.resolve("out").toFile().list() == null ? null
                : java.util.Arrays.stream(dir.resolve("out").toFile().list()).sorted().toArray());
    }
}
