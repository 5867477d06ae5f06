package org.align4j.core.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.backend.internal.nd4j.Nd4jBackend;
import org.align4j.core.backend.internal.onednn.OneDnnBackend;
import org.align4j.core.backend.internal.onednn.OneDnnCpu;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.Parameter.Kind;

/** Small models of every family with random weights, and random groups for them. */
public final class TinyModels {
    /** Names {@link #config} knows. */
    public static final List<String> FAMILIES = List.of("llama", "llama-gqa-tied", "llama3-rope", "qwen2", "mistral-window", "gpt2", "gemma");
    public static final int VOCABULARY = 71;

    private TinyModels() {}

    public static ModelConfig config(String name) {
        return switch (name) {
            case "llama" -> ModelConfig.freshLlama(VOCABULARY, 32, 48, 2, 4, 4, 64, false);
            case "llama-gqa-tied" -> ModelConfig.freshLlama(VOCABULARY, 32, 48, 2, 4, 2, 64, true);
            case "llama3-rope" -> parse("Llama", "llama", "\"num_key_value_heads\": 1, \"rope_theta\": 10000.0, \"rope_scaling\": {\"rope_type\": \"llama3\","
                    + " \"factor\": 8.0, \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 16}");
            case "qwen2" -> parse("Qwen2", "qwen2", "\"num_key_value_heads\": 2, \"rope_theta\": 10000.0, \"tie_word_embeddings\": true");
            case "mistral-window" -> parse("Mistral", "mistral", "\"num_key_value_heads\": 2, \"rope_theta\": 10000.0, \"sliding_window\": 5");
            case "gemma" -> parse("Gemma", "gemma", "\"num_key_value_heads\": 1, \"head_dim\": 12, \"hidden_activation\": \"gelu_pytorch_tanh\"");
            case "gpt2" -> ModelConfig.parse("{\"architectures\": [\"GPT2LMHeadModel\"], \"model_type\": \"gpt2\", \"vocab_size\": " + VOCABULARY
                    + ", \"n_positions\": 64, \"n_embd\": 32, \"n_layer\": 2, \"n_head\": 4, \"bos_token_id\": 1, \"eos_token_id\": 2}", name);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static ModelConfig parse(String family, String type, String rest) {
        return ModelConfig.parse("{\"architectures\": [\"" + family + "ForCausalLM\"], \"model_type\": \"" + type + "\", \"vocab_size\": " + VOCABULARY
                + ", \"hidden_size\": 32, \"intermediate_size\": 48, \"num_hidden_layers\": 2, \"num_attention_heads\": 4,"
                + " \"max_position_embeddings\": 64, \"bos_token_id\": 1, \"eos_token_id\": 2, " + rest + "}", type);
    }

    public static Backend backend(String name) {
        return backend(name, Precision.FP32);
    }

    public static Backend backend(String name, Precision precision) {
        return name.equals("nd4j") ? new Nd4jBackend(precision) : new OneDnnBackend(precision, OneDnnCpu.bf16Units());
    }

    /** Something to do with a model that can be trained. */
    public interface Work {
        void on(Transformer model) throws Exception;
    }

    /** Runs {@code work} on a model whose weights are large enough that attention and softmax are far from flat. */
    public static void with(ModelConfig config, Backend backend, long seed, Work work) throws Exception {
        try (Backend b = backend; Parameters values = new Parameters(b, new ParameterLayout(config), DType.F32);
                Parameters gradients = new Parameters(b, values.layout(), DType.F32)) {
            fill(values, seed);
            gradients.fill(0f);
            work.on(new Transformer(config, values, gradients));
        }
    }

    /** Random weights: matrices of a gain of about one, norms about one, biases small. A function of layout and seed alone. */
    public static void fill(Parameters values, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (Slot slot : values.layout().slots()) {
            float[] w = new float[Math.toIntExact(slot.size())];
            for (int i = 0; i < w.length; i++) {
                double z = random.nextGaussian();
                w[i] = (float) (slot.parameter().kind() == Kind.NORM ? z * 0.1 + (slot.name().endsWith("weight") ? 1 : 0)
                        : slot.parameter().kind() == Kind.BIAS ? 0.1 * z : z * (slot.parameter().kind() == Kind.EMBEDDING ? 0.5 : 1 / Math.sqrt(32)));
            }
            values.backend().upload(values.get(slot.name()), w, 0);
        }
    }

    /** Groups with prompts of 1 to {@code longest} tokens and {@code responses} responses of 1 to {@code longest} tokens each. */
    public static List<Group> groups(int count, int responses, int longest, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Group> groups = new ArrayList<>();
        for (int g = 0; g < count; g++) {
            int[] prompt = ids(random, 1 + random.nextInt(longest));
            List<Group.Response> list = new ArrayList<>();
            for (int r = 0; r < responses; r++) {
                list.add(response(ids(random, 1 + random.nextInt(longest))));
            }
            groups.add(new Group(new Location("random", g + 1), prompt, list));
        }
        return groups;
    }

    public static Group.Response response(int... ids) {
        return new Group.Response(ids, Double.NaN, null, false);
    }

    private static int[] ids(SplittableRandom random, int length) {
        return random.ints(length, 3, VOCABULARY).toArray();
    }
}
