package org.align4j.core.model.config;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.model.config.Parameter.Kind;

/** The parameters of a model under their Hugging Face names, in the order those files are written. */
public final class ParameterNames {

    private ParameterNames() {}

    /** Every parameter of the model; a tied head is not listed, for it is the token embedding. */
    public static List<Parameter> expected(ModelConfig config) {
        Builder list = new Builder();
        if (config.family() == ModelFamily.GPT2) {
            gpt2(config, list);
        } else {
            rotary(config, list);
        }
        if (!config.tied()) {
            list.add("lm_head.weight", Kind.MATRIX, config.vocabSize(), config.hiddenSize());
        }
        return list.done;
    }

    private static void gpt2(ModelConfig c, Builder list) {
        int h = c.hiddenSize();
        list.add("transformer.wte.weight", Kind.EMBEDDING, c.vocabSize(), h);
        list.add("transformer.wpe.weight", Kind.EMBEDDING, c.maxPositions(), h);
        for (int i = 0; i < c.layers(); i++) {
            String p = "transformer.h." + i + ".";
            list.layerNorm(p + "ln_1", h);
            list.linear(p + "attn.c_attn", h, 3 * h, true, 3 * h);
            list.linear(p + "attn.c_proj", h, h, true, h);
            list.layerNorm(p + "ln_2", h);
            list.linear(p + "mlp.c_fc", h, c.intermediateSize(), true, c.intermediateSize());
            list.linear(p + "mlp.c_proj", c.intermediateSize(), h, true, h);
        }
        list.layerNorm("transformer.ln_f", h);
    }

    private static void rotary(ModelConfig c, Builder list) {
        int h = c.hiddenSize();
        int q = c.heads() * c.headDim();
        int kv = c.kvHeads() * c.headDim();
        int f = c.intermediateSize();
        list.add("model.embed_tokens.weight", Kind.EMBEDDING, c.vocabSize(), h);
        for (int i = 0; i < c.layers(); i++) {
            String p = "model.layers." + i + ".";
            list.linear(p + "self_attn.q_proj", q, h, c.qkvBias(), q);
            list.linear(p + "self_attn.k_proj", kv, h, c.qkvBias(), kv);
            list.linear(p + "self_attn.v_proj", kv, h, c.qkvBias(), kv);
            list.linear(p + "self_attn.o_proj", h, q, c.outBias(), h);
            if (c.qkNorm()) {
                list.add(p + "self_attn.q_norm.weight", Kind.NORM, c.headDim());
                list.add(p + "self_attn.k_norm.weight", Kind.NORM, c.headDim());
            }
            list.linear(p + "mlp.gate_proj", f, h, c.mlpBias(), f);
            list.linear(p + "mlp.up_proj", f, h, c.mlpBias(), f);
            list.linear(p + "mlp.down_proj", h, f, c.mlpBias(), h);
            list.add(p + "input_layernorm.weight", Kind.NORM, h);
            list.add(p + "post_attention_layernorm.weight", Kind.NORM, h);
        }
        list.add("model.norm.weight", Kind.NORM, h);
    }

    private static final class Builder {
        final List<Parameter> done = new ArrayList<>();

        void add(String name, Kind kind, int... shape) {
            done.add(new Parameter(name, shape, kind));
        }

        void linear(String name, int rows, int columns, boolean bias, int biasSize) {
            add(name + ".weight", Kind.MATRIX, rows, columns);
            if (bias) {
                add(name + ".bias", Kind.BIAS, biasSize);
            }
        }

        void layerNorm(String name, int size) {
            add(name + ".weight", Kind.NORM, size);
            add(name + ".bias", Kind.BIAS, size);
        }
    }
}
