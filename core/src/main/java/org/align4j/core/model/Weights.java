package org.align4j.core.model;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.ModelFamily;
import org.align4j.core.model.config.Norm;
import org.align4j.core.quant.Matrix;

/** Builds the layers of a model as views of its parameters (and gradients, when it is trained), under their Hugging Face names. */
final class Weights {
    private final ModelConfig config;
    private final Parameters values;
    private final Parameters gradients;
    private final Adapter adapter;
    private final boolean gpt2;

    /** Gradients, adapter or both are null. */
    Weights(ModelConfig config, Parameters values, Parameters gradients, Adapter adapter) {
        this.config = config;
        this.values = values;
        this.gradients = gradients;
        this.adapter = adapter;
        this.gpt2 = config.family() == ModelFamily.GPT2;
    }

    Block block(int i) {
        String p = config.blockPrefix(i);
        if (gradients != null && !gradients.layout().holds(p)) {
            return new Weights(config, values, null, adapter).block(i);
        }
        int qkv = (config.heads() + 2 * config.kvHeads()) * config.headDim();
        if (gpt2) {
            return new Block(config, norm(p + "ln_1"), linear(p + "attn.c_attn", true), linear(p + "attn.c_proj", true), norm(p + "ln_2"),
                    linear(p + "mlp.c_fc", true), linear(p + "mlp.c_proj", true));
        }
        String a = p + "self_attn.";
        String mlp = p + "mlp.";
        Linear in = config.gated() ? fused(List.of(mlp + "gate_proj", mlp + "up_proj"), 2 * config.intermediateSize(), config.mlpBias())
                : linear(mlp + "up_proj", config.mlpBias());
        return new Block(config, norm(p + "input_layernorm"), fused(List.of(a + "q_proj", a + "k_proj", a + "v_proj"), qkv, config.qkvBias()),
                linear(a + "o_proj", config.outBias()), norm(p + "post_attention_layernorm"), in, linear(mlp + "down_proj", config.mlpBias()));
    }

    /** Layers that follow each other in memory as one product. */
    private Linear fused(List<String> modules, int outputs, boolean bias) {
        String first = modules.get(0);
        return new Linear(values.stackedMatrix(modules.stream().map(m -> m + ".weight").toList()), bias ? values.joined(first + ".bias", outputs) : null,
                gradients == null ? null : gradients.stacked(first + ".weight", outputs),
                gradients == null || !bias ? null : gradients.joined(first + ".bias", outputs), false, added(modules));
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
        return new Linear(values.matrix(w), bias ? values.get(b) : null, gradients == null ? null : gradients.get(w),
                gradients == null || !bias ? null : gradients.get(b), config.transposedWeights(), added(List.of(name)));
    }

    /** Parts of the adapter for layers whose outputs follow each other in one product. */
    private List<Linear.Added> added(List<String> modules) {
        List<Linear.Added> list = new ArrayList<>();
        int from = 0;
        for (String module : modules) {
            Matrix base = values.matrix(module + ".weight");
            int outputs = config.transposedWeights() ? base.cols() : base.rows();
            Adapter.Part part = adapter == null ? null : adapter.part(module, base, config.transposedWeights());
            if (part != null) {
                list.add(new Linear.Added(part, from, outputs));
            }
            from += outputs;
        }
        return list;
    }

    private NormLayer norm(String name) {
        boolean rms = config.norm() == Norm.RMS;
        String w = name + ".weight";
        String b = name + ".bias";
        return new NormLayer(values.get(w), rms ? null : values.get(b), gradients == null ? null : gradients.get(w),
                gradients == null || rms ? null : gradients.get(b), config.normPlusOne() ? 1f : 0f, (float) config.normEps(), rms);
    }
}
