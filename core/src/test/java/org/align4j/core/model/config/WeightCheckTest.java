package org.align4j.core.model.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.io.DType;
import org.align4j.core.io.FloatSource;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.io.ModelWriter;
import org.align4j.core.io.TensorEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightCheckTest {
    @TempDir
    Path dir;

    private static List<TensorEntry> tensors(ModelConfig config) {
        List<TensorEntry> list = new ArrayList<>();
        for (Parameter p : ParameterNames.expected(config)) {
            list.add(entry(p.name(), p.shape()));
        }
        return list;
    }

    private static TensorEntry entry(String name, int... shape) {
        return TensorEntry.of(name, DType.F32, shape, (offset, dst, count) -> {
            for (int i = 0; i < count; i++) {
                dst[i] = (offset + i) % 17 - 8;
            }
        });
    }

    private Map<String, String> match(ModelConfig config, List<TensorEntry> list) {
        ModelWriter.write(dir, list, Long.MAX_VALUE);
        try (ModelWeights weights = ModelWeights.open(dir)) {
            Map<String, String> names = WeightCheck.match(config, weights);
            WeightCheck.requireFinite(weights, names.values());
            return names;
        }
    }

    private void refused(ModelConfig config, List<TensorEntry> list, String... expected) {
        UserException e = assertThrows(UserException.class, () -> match(config, list));
        for (String part : expected) {
            assertTrue(e.getMessage().contains(part) && e.getMessage().contains(dir.toString()), e.getMessage());
        }
    }

    @Test
    void everyFamilyFindsItsOwn() {
        for (String family : ConfigErrorsTest.BASE.keySet()) {
            ModelConfig config = ConfigErrorsTest.with(family, "{}");
            Map<String, String> names = match(config, tensors(config));
            assertEquals(ParameterNames.expected(config).stream().map(Parameter::name).toList(), List.copyOf(names.keySet()));
        }
    }

    @Test
    void biasesAndNormsFollowTheConfiguration() {
        List<String> names = ParameterNames.expected(ConfigErrorsTest.with("llama", "{\"attention_bias\": true, \"mlp_bias\": true}"))
                .stream().map(Parameter::toString).toList();
        assertTrue(names.containsAll(List.of("model.layers.1.self_attn.k_proj.bias[16] BIAS", "model.layers.0.self_attn.o_proj.bias[32] BIAS",
                "model.layers.0.mlp.gate_proj.bias[64] BIAS", "model.layers.0.mlp.down_proj.bias[32] BIAS", "lm_head.weight[100, 32] MATRIX")), names.toString());
        names = ParameterNames.expected(ConfigErrorsTest.with("qwen3", "{\"tie_word_embeddings\": true}")).stream().map(Parameter::toString).toList();
        assertTrue(names.containsAll(List.of("model.layers.0.self_attn.q_norm.weight[10] NORM", "model.layers.1.self_attn.q_proj.weight[40, 32] MATRIX",
                "model.layers.1.self_attn.o_proj.weight[32, 40] MATRIX", "model.layers.1.self_attn.k_proj.weight[20, 32] MATRIX")), names.toString());
        assertTrue(names.stream().noneMatch(n -> n.contains("lm_head") || n.contains(".bias")), names.toString());
    }

    @Test
    void missingSurplusAndMisshapenTensorsAreNamed() {
        ModelConfig config = ConfigErrorsTest.with("llama", "{}");
        List<TensorEntry> list = tensors(config);
        list.removeIf(t -> t.name().equals("model.layers.1.mlp.up_proj.weight"));
        refused(config, list, "1 tensor missing: model.layers.1.mlp.up_proj.weight");
        list = tensors(config);
        list.removeIf(t -> t.name().equals("model.norm.weight") || t.name().equals("lm_head.weight"));
        list.add(entry("model.norm.weight", 31));
        refused(config, list, "1 tensor missing: lm_head.weight", "model.norm.weight is [31] but must be [32]");
        list = tensors(config);
        list.add(entry("model.layers.2.mlp.up_proj.weight", 64, 32));
        refused(config, list, "1 tensor that the model has no place for: model.layers.2.mlp.up_proj.weight");
        list = tensors(config);
        list.removeIf(t -> t.name().startsWith("model.layers.1."));
        refused(config, list, "9 tensors missing", ", …");
    }

    @Test
    void buffersOfOlderFilesArePassedOver() {
        ModelConfig llama = ConfigErrorsTest.with("llama", "{}");
        List<TensorEntry> list = tensors(llama);
        list.add(entry("model.layers.0.self_attn.rotary_emb.inv_freq", 4));
        assertEquals(list.size() - 1, match(llama, list).size());
        ModelConfig gpt2 = ConfigErrorsTest.with("gpt2", "{}");
        list = new ArrayList<>();
        for (TensorEntry t : tensors(gpt2)) {
            list.add(new TensorEntry(t.name().replace("transformer.", ""), t.dtype(), t.shape(), t.source()));
        }
        list.add(entry("h.0.attn.bias", 1, 1, 64, 64));
        list.add(entry("h.0.attn.masked_bias"));
        Map<String, String> names = match(gpt2, list);
        assertEquals("h.1.attn.c_attn.bias", names.get("transformer.h.1.attn.c_attn.bias"));
    }

    @Test
    void aHeadBesideTiedEmbeddingsMustEqualThem() {
        ModelConfig tied = ConfigErrorsTest.with("llama", "{\"tie_word_embeddings\": true}");
        List<TensorEntry> list = tensors(tied);
        list.add(entry("lm_head.weight", 100, 32));
        assertTrue(!match(tied, list).containsKey("lm_head.weight"));
        list.remove(list.size() - 1);
        list.add(TensorEntry.of("lm_head.weight", DType.F32, new int[] {100, 32}, FloatSource.of(new float[3200])));
        refused(tied, list, "tie_word_embeddings is true, but lm_head.weight differs");
    }

    @Test
    void valuesThatAreNotFiniteAreNamedWithTheirPlace() {
        ModelConfig config = ConfigErrorsTest.with("llama", "{}");
        List<TensorEntry> list = tensors(config);
        list.removeIf(t -> t.name().equals("model.layers.0.mlp.down_proj.weight"));
        float[] values = new float[32 * 64];
        values[3 * 64 + 5] = Float.NaN;
        values[2000] = Float.NEGATIVE_INFINITY;
        list.add(TensorEntry.of("model.layers.0.mlp.down_proj.weight", DType.F32, new int[] {32, 64}, FloatSource.of(values)));
        refused(config, list, "\"model.layers.0.mlp.down_proj.weight\" has 2 of 2048 values that are not finite, the first is NaN at index [3, 5]");
    }

    @Test
    void aFreshLlamaIsAModelLikeAnyOther() {
        ModelConfig fresh = ModelConfig.freshLlama(50, 24, 48, 3, 4, 2, 64, true);
        assertEquals(ModelFamily.LLAMA, fresh.family());
        assertEquals(6, fresh.headDim());
        // 50*24 + 3 * (24*24*2 + 12*24*2 + 3*24*48 + 2*24) + 24
        assertEquals(1200 + 3 * (1152 + 576 + 3456 + 48) + 24, fresh.parameterCount());
        assertEquals(fresh, ModelConfig.parse(fresh.toJson(), "again"));
        match(fresh, tensors(fresh));
        ModelConfig ids = fresh.withSpecialIds(ModelConfig.NO_ID, 7, 8);
        assertEquals(List.of(ModelConfig.NO_ID, List.of(7), 8), List.of(ids.bosId(), ids.eosIds(), ids.padId()));
        assertEquals(ids, ModelConfig.parse(ids.toJson(), "again"));
        assertEquals("bfloat16", fresh.withStoredType("bfloat16").raw().get("torch_dtype"));
        UserException e = assertThrows(UserException.class, () -> ModelConfig.freshLlama(50, 25, 48, 3, 4, 2, 64, true));
        assertTrue(e.getMessage().contains("hidden_size") || e.getMessage().contains("num_attention_heads"), e.getMessage());
    }
}
