package org.align4j.core.model.config;

import org.align4j.core.backend.Activation;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;

/** From the JSON of {@code config.json} to a {@link ModelConfig}: family defaults filled in, contradictions and unsupported mathematics refused. */
final class ConfigReader {
    private static final int MAX_VOCAB = 1 << 24;
    private static final int MAX_WIDTH = 1 << 22;
    private static final int MAX_LAYERS = 4096;
    private static final int MAX_HEADS = 1 << 16;
    private static final int MAX_POSITIONS = 1 << 30;

    private ConfigReader() {}

    static ModelConfig read(Map<String, Object> json, String source) {
        Fields fields = new Fields(json, source, "");
        ModelFamily family = family(fields, source);
        Unsupported.check(fields, family);
        return family == ModelFamily.GPT2 ? gpt2(fields, json) : rotary(fields, family, json);
    }

    private static ModelFamily family(Fields fields, String source) {
        String modelType = fields.text("model_type", null);
        Object architectures = fields.get("architectures");
        if (architectures == null) {
            if (modelType == null) {
                throw new UserException(source + ": neither architectures nor model_type is given; add architectures, one of " + ModelFamily.supported());
            }
            return ModelFamily.ofModelType(modelType).orElseThrow(() -> fields.fault("model_type",
                    "this architecture is not supported; supported: " + ModelFamily.supported()));
        }
        if (!(architectures instanceof List<?> list) || list.size() != 1 || !(list.get(0) instanceof String name)) {
            throw fields.fault("architectures", "a list with one name is required, one of " + ModelFamily.supported());
        }
        ModelFamily family = ModelFamily.ofArchitecture(name).orElseThrow(() -> fields.fault("architectures",
                "this architecture is not supported; supported: " + ModelFamily.supported()));
        if (modelType != null && !modelType.equals(family.modelType())) {
            throw fields.fault("model_type", "it contradicts architectures = [\"" + name + "\"], which goes with \"" + family.modelType()
                    + "\"; correct the one that is wrong");
        }
        return family;
    }

    private static ModelConfig gpt2(Fields f, Map<String, Object> json) {
        int vocab = f.size("vocab_size", MAX_VOCAB);
        int hidden = f.size("n_embd", MAX_WIDTH);
        int heads = f.size("n_head", MAX_HEADS);
        if (hidden % heads != 0) {
            throw f.fault("n_head", "n_embd = " + hidden + " is not a multiple of it; correct one of them");
        }
        if (hidden > MAX_WIDTH / 4 && !f.has("n_inner")) {
            throw f.fault("n_embd", "at most " + MAX_WIDTH / 4 + " is possible, correct it");
        }
        return new ModelConfig(ModelFamily.GPT2, vocab, hidden, f.size("n_inner", MAX_WIDTH, 4 * hidden), f.size("n_layer", MAX_LAYERS),
                heads, heads, hidden / heads, f.size("n_positions", MAX_WIDTH), f.number("layer_norm_epsilon", 0, 1, 1e-5),
                Norm.LAYER, false, activation(f, "activation_function", Activation.GELU_TANH), false, Position.LEARNED, 0,
                new RopeScaling.None(), 0, true, true, true, f.flag("tie_word_embeddings", true), 1, false, true,
                bos(f, vocab, 50256), eos(f, vocab, 50256), pad(f, vocab), initializerRange(f), json);
    }

    private static ModelConfig rotary(Fields f, ModelFamily family, Map<String, Object> json) {
        boolean gemma = family == ModelFamily.GEMMA;
        boolean anyBias = family == ModelFamily.LLAMA || family == ModelFamily.QWEN3 || gemma;
        int vocab = f.size("vocab_size", MAX_VOCAB);
        int hidden = f.size("hidden_size", MAX_WIDTH);
        int heads = f.size("num_attention_heads", MAX_HEADS);
        int kvHeads = kvHeads(f, family, heads);
        int headDim = headDim(f, family, hidden, heads);
        boolean attentionBias = anyBias && f.flag("attention_bias", false);
        Rope rope = Rope.read(f);
        int layers = f.size("num_hidden_layers", MAX_LAYERS);
        return new ModelConfig(family, vocab, hidden, f.size("intermediate_size", MAX_WIDTH), layers, heads, kvHeads, headDim,
                f.size("max_position_embeddings", MAX_POSITIONS), f.number("rms_norm_eps", 0, 1, 1e-6), Norm.RMS, gemma,
                gemma ? gemmaActivation(f) : activation(f, "hidden_act", Activation.SILU), true, Position.ROTARY, rope.theta(),
                rope.scaling(), SlidingWindow.read(f, family, layers), family == ModelFamily.QWEN2 || attentionBias, attentionBias,
                family == ModelFamily.LLAMA && f.flag("mlp_bias", false), f.flag("tie_word_embeddings", gemma),
                gemma ? Math.sqrt(hidden) : 1, family == ModelFamily.QWEN3, false,
                bos(f, vocab, gemma ? 2 : family == ModelFamily.LLAMA || family == ModelFamily.MISTRAL ? 1 : -1),
                eos(f, vocab, gemma ? 1 : family == ModelFamily.LLAMA || family == ModelFamily.MISTRAL ? 2 : -1),
                pad(f, vocab), initializerRange(f), json);
    }

    private static int kvHeads(Fields f, ModelFamily family, int heads) {
        // The defaults of the other families are fixed numbers that fit one model size; guessing them would be worse than asking.
        if (family != ModelFamily.LLAMA && !f.hasKey("num_key_value_heads")) {
            throw f.fault("num_key_value_heads", "it is missing; a divisor of num_attention_heads = " + heads + " is required, add it");
        }
        int kvHeads = f.size("num_key_value_heads", MAX_HEADS, heads);
        if (heads % kvHeads != 0) {
            throw f.fault("num_key_value_heads", "num_attention_heads = " + heads + " is not a multiple of it; correct one of them");
        }
        return kvHeads;
    }

    private static int headDim(Fields f, ModelFamily family, int hidden, int heads) {
        boolean ownDefault = !f.hasKey("head_dim") && (family == ModelFamily.GEMMA || family == ModelFamily.QWEN3);
        if (!f.has("head_dim") && !ownDefault && hidden % heads != 0) {
            throw f.fault("num_attention_heads", "hidden_size = " + hidden + " is not a multiple of it and head_dim is not given; correct one of them");
        }
        int headDim = f.size("head_dim", MAX_HEADS, ownDefault ? family == ModelFamily.GEMMA ? 256 : 128 : hidden / heads);
        if (headDim % 2 != 0) {
            throw f.fault("head_dim", "rotary positions turn pairs, so an even width is required, but heads are " + headDim + " wide; correct it");
        }
        if ((long) heads * headDim > MAX_WIDTH) {
            throw f.fault("head_dim", "num_attention_heads times head_dim is " + (long) heads * headDim + ", at most " + MAX_WIDTH + " is possible; correct it");
        }
        return headDim;
    }

    private static Activation activation(Fields f, String key, Activation fallback) {
        String name = f.text(key, null);
        if (name == null) {
            return fallback;
        }
        return switch (name) {
            case "silu", "swish" -> Activation.SILU;
            case "gelu_new", "gelu_pytorch_tanh", "gelu_fast" -> Activation.GELU_TANH;
            case "gelu" -> Activation.GELU;
            default -> throw f.unsupported(key, "silu, gelu, gelu_new, gelu_pytorch_tanh");
        };
    }

    private static Activation gemmaActivation(Fields f) {
        if (f.has("hidden_activation")) {
            return activation(f, "hidden_activation", Activation.GELU_TANH);
        }
        // Early Gemma releases say "gelu" though they were trained with the tanh form; their publisher corrected that with hidden_activation.
        Activation named = activation(f, "hidden_act", Activation.GELU_TANH);
        return named == Activation.GELU ? Activation.GELU_TANH : named;
    }

    private static int bos(Fields f, int vocab, int fallback) {
        List<Integer> ids = f.ids("bos_token_id", vocab, within(fallback, vocab));
        return ids.isEmpty() ? ModelConfig.NO_ID : ids.get(0);
    }

    private static List<Integer> eos(Fields f, int vocab, int fallback) {
        return f.ids("eos_token_id", vocab, within(fallback, vocab));
    }

    private static int pad(Fields f, int vocab) {
        // Older files say -1 for "no padding token".
        if (Long.valueOf(-1).equals(f.get("pad_token_id"))) {
            return ModelConfig.NO_ID;
        }
        List<Integer> ids = f.ids("pad_token_id", vocab, List.of());
        return ids.isEmpty() ? ModelConfig.NO_ID : ids.get(0);
    }

    private static List<Integer> within(int id, int vocab) {
        return id >= 0 && id < vocab ? List.of(id) : List.of();
    }

    private static double initializerRange(Fields f) {
        return f.number("initializer_range", 0, 100, 0.02);
    }
}
