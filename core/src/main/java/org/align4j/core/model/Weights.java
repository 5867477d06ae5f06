package org.align4j.core.model;

import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.ModelFamily;
import org.align4j.core.model.config.Norm;

/** Builds the layers of a model as views of its parameters (and gradients, when it is trained), under their Hugging Face names. */
final class Weights {
    private final ModelConfig config;
    private final Parameters values;
    private final Parameters gradients;
    private final boolean gpt2;

    Weights(ModelConfig config, Parameters values, Parameters gradients) {
        this.config = config;
        this.values = values;
        this.gradients = gradients;
        this.gpt2 = config.family() == ModelFamily.GPT2;
    }

    Block block(int i) {
        String p = config.blockPrefix(i);
        if (gradients != null && !gradients.layout().holds(p)) {
            return new Weights(config, values, null).block(i);
        }
        int qkv = (config.heads() + 2 * config.kvHeads()) * config.headDim();
        if (gpt2) {
            return new Block(config, norm(p + "ln_1"), linear(p + "attn.c_attn", true), linear(p + "attn.c_proj", true), norm(p + "ln_2"), null,
                    linear(p + "mlp.c_fc", true), linear(p + "mlp.c_proj", true));
        }
        String a = p + "self_attn.";
        Linear fused = new Linear(values.stacked(a + "q_proj.weight", qkv), config.qkvBias() ? values.joined(a + "q_proj.bias", qkv) : null,
                gradients == null ? null : gradients.stacked(a + "q_proj.weight", qkv),
                gradients == null || !config.qkvBias() ? null : gradients.joined(a + "q_proj.bias", qkv), false);
        return new Block(config, norm(p + "input_layernorm"), fused, linear(a + "o_proj", config.outBias()), norm(p + "post_attention_layernorm"),
                config.gated() ? linear(p + "mlp.gate_proj", config.mlpBias()) : null, linear(p + "mlp.up_proj", config.mlpBias()),
                linear(p + "mlp.down_proj", config.mlpBias()));
    }

    NormLayer finalNorm() {
        return norm(gpt2 ? "transformer.ln_f" : "model.norm");
    }

    String embeddingName() {
        return gpt2 ? "transformer.wte.weight" : "model.embed_tokens.weight";
    }

    String headName() {
        return config.tied() ? embeddingName() : "lm_head.weight";
    }

    private Linear linear(String name, boolean bias) {
        String w = name + ".weight";
        String b = name + ".bias";
        return new Linear(values.get(w), bias ? values.get(b) : null, gradients == null ? null : gradients.get(w),
                gradients == null || !bias ? null : gradients.get(b), config.transposedWeights());
    }

    private NormLayer norm(String name) {
        boolean rms = config.norm() == Norm.RMS;
        String w = name + ".weight";
        String b = name + ".bias";
        return new NormLayer(values.get(w), rms ? null : values.get(b), gradients == null ? null : gradients.get(w),
                gradients == null || rms ? null : gradients.get(b), config.normPlusOne() ? 1f : 0f, (float) config.normEps(), rms);
    }
}
