package org.align4j.core.model.config;

import java.util.List;
import java.util.Map;

/**
 * Fields known to change the mathematics of a model in ways that are not implemented. Fields in neither this list nor the reader's are
 * left alone: the reference implementation ignores them as well for these architectures.
 */
final class Unsupported {
    /** Refused when present with any value but null, false, 0 or an empty list or object. */
    private static final List<String> ACTIVE = List.of(
            "quantization_config", "compression_config", "attn_logit_softcapping", "final_logit_softcapping", "logits_soft_cap",
            "query_pre_attn_scalar", "num_local_experts", "num_experts", "n_routed_experts", "num_experts_per_tok", "moe_intermediate_size",
            "use_bidirectional_attention", "is_encoder_decoder", "add_cross_attention", "cross_attention_hidden_size",
            "scale_attn_by_inverse_layer_idx", "attention_chunk_size", "no_rope_layers", "no_rope_layer_interval", "kv_lora_rank",
            "alibi", "use_parallel_residual", "parallel_attn", "cla_share_factor", "pruned_heads");

    /** Multipliers, refused unless 1. */
    private static final List<String> ONE = List.of("partial_rotary_factor", "rotary_pct", "embedding_multiplier", "residual_multiplier",
            "logits_scaling", "logit_scale", "attention_multiplier", "scale_emb", "scale_depth");

    private Unsupported() {}

    static void check(Fields f, ModelFamily family) {
        for (String key : ACTIVE) {
            if (active(f.get(key))) {
                throw f.unsupported(key, "the field absent or off");
            }
        }
        for (String key : ONE) {
            if (f.has(key) && !(f.get(key) instanceof Number number && number.doubleValue() == 1)) {
                throw f.unsupported(key, "1");
            }
        }
        if (f.get("auto_map") instanceof Map<?, ?> map && map.containsKey("AutoModelForCausalLM")) {
            throw f.unsupported("auto_map", "architectures without code of their own: " + ModelFamily.supported());
        }
        if (!f.flag("scale_attn_weights", true)) {
            throw f.unsupported("scale_attn_weights", "true");
        }
        boolean attentionBias = family == ModelFamily.LLAMA || family == ModelFamily.QWEN3 || family == ModelFamily.GEMMA;
        if (!attentionBias && f.flag("attention_bias", false)) {
            throw f.unsupported("attention_bias", "false in " + family.architecture());
        }
        if (family != ModelFamily.LLAMA && f.flag("mlp_bias", false)) {
            throw f.unsupported("mlp_bias", "false in " + family.architecture());
        }
        if (family == ModelFamily.LLAMA && f.has("sliding_window") && f.flag("use_sliding_window", true)) {
            throw f.unsupported("sliding_window", "null in " + family.architecture());
        }
    }

    private static boolean active(Object value) {
        return value != null && !Boolean.FALSE.equals(value) && !(value instanceof Number number && number.doubleValue() == 0)
                && !(value instanceof List<?> list && list.isEmpty()) && !(value instanceof Map<?, ?> map && map.isEmpty());
    }
}
