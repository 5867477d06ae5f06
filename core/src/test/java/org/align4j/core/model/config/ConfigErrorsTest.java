package org.align4j.core.model.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.backend.Activation;
import org.align4j.core.io.internal.StrictJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigErrorsTest {
    static final Map<String, String> BASE = Map.of(
            "llama", """
                {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 100, "hidden_size": 32, "intermediate_size": 64,
                 "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128}""",
            "qwen2", """
                {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "vocab_size": 100, "hidden_size": 32, "intermediate_size": 64,
                 "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128, "sliding_window": 16}""",
            "qwen3", """
                {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "vocab_size": 100, "hidden_size": 32, "intermediate_size": 64,
                 "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 10, "max_position_embeddings": 128}""",
            "mistral", """
                {"architectures": ["MistralForCausalLM"], "model_type": "mistral", "vocab_size": 100, "hidden_size": 32, "intermediate_size": 64,
                 "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128}""",
            "gemma", """
                {"architectures": ["GemmaForCausalLM"], "model_type": "gemma", "vocab_size": 100, "hidden_size": 32, "intermediate_size": 64,
                 "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128}""",
            "gpt2", """
                {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": 100, "n_embd": 32, "n_layer": 2, "n_head": 4,
                 "n_positions": 64}""");

    /** The base configuration of a family with some keys set to other values; a null in the text removes nothing, it is a JSON null. */
    static ModelConfig with(String family, String changes) {
        Map<String, Object> json = StrictJson.object(BASE.get(family), "base");
        json.putAll(StrictJson.object(changes, "changes"));
        return ModelConfig.parse(StrictJson.write(json, 0), "config.json");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
            llama | {"architectures": ["FalconForCausalLM"]} | architectures = [FalconForCausalLM]
            llama | {"architectures": []} | architectures
            llama | {"architectures": "LlamaForCausalLM"} | a list with one name
            llama | {"architectures": null, "model_type": null} | neither architectures nor model_type
            llama | {"architectures": null, "model_type": "bert"} | model_type = "bert"
            llama | {"model_type": "mistral"} | contradicts architectures
            llama | {"model_type": 3} | model_type = 3: a string is required
            llama | {"num_key_value_heads": 3} | num_key_value_heads = 3: num_attention_heads = 4 is not a multiple
            llama | {"num_attention_heads": 5, "num_key_value_heads": 5} | num_attention_heads = 5: hidden_size = 32 is not a multiple
            llama | {"num_attention_heads": 0} | num_attention_heads = 0: an integer from 1
            llama | {"hidden_size": -32} | hidden_size = -32
            llama | {"hidden_size": 32.0} | hidden_size = 32.0: an integer
            llama | {"hidden_size": "32"} | hidden_size = "32"
            llama | {"hidden_size": 99999999999} | hidden_size = 99999999999
            llama | {"vocab_size": 99999999999999999999999} | vocab_size = 99999999999999999999999
            llama | {"vocab_size": null} | vocab_size is missing
            llama | {"num_hidden_layers": 100000} | num_hidden_layers = 100000
            llama | {"intermediate_size": true} | intermediate_size = true
            llama | {"head_dim": 7} | head_dim = 7: rotary positions turn pairs
            llama | {"head_dim": 65536, "num_attention_heads": 65536} | head_dim
            llama | {"rms_norm_eps": 0} | rms_norm_eps = 0
            llama | {"rms_norm_eps": "1e-5"} | rms_norm_eps = "1e-5": a number
            llama | {"rope_theta": -1} | rope_theta = -1
            llama | {"tie_word_embeddings": "false"} | tie_word_embeddings = "false": true or false
            llama | {"tie_word_embeddings": 0} | tie_word_embeddings = 0: true or false
            llama | {"hidden_act": "relu"} | hidden_act = "relu"
            llama | {"hidden_act": 1} | hidden_act = 1
            llama | {"rope_scaling": {"rope_type": "yarn", "factor": 2}} | rope_scaling.rope_type = "yarn"
            llama | {"rope_scaling": {"type": "dynamic", "factor": 2}} | rope_scaling.type = "dynamic"
            llama | {"rope_scaling": {"type": "linear"}} | rope_scaling.factor = null: it is required
            llama | {"rope_scaling": {"type": "linear", "factor": 0.5}} | rope_scaling.factor = 0.5
            llama | {"rope_scaling": {"type": "linear", "rope_type": "llama3", "factor": 2}} | contradicts rope_type
            llama | {"rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 4, "original_max_position_embeddings": 64}} | high_freq_factor = 4
            llama | {"rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4}} | original_max_position_embeddings is missing
            llama | {"rope_scaling": {"rope_type": "default", "mrope_section": [1, 2]}} | rope_scaling.mrope_section
            llama | {"rope_scaling": "linear"} | rope_scaling = "linear": an object
            llama | {"rope_theta": 10000, "rope_parameters": {"rope_type": "default", "rope_theta": 500000}} | contradicts rope_parameters.rope_theta
            llama | {"rope_scaling": {"type": "linear", "factor": 2}, "rope_parameters": {"rope_type": "default", "rope_theta": 1}} | rope_scaling
            llama | {"rope_parameters": {"full_attention": {"rope_type": "default"}}} | one set of parameters for all layers
            llama | {"partial_rotary_factor": 0.5} | partial_rotary_factor = 0.5
            llama | {"rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5}} | rope_parameters.partial_rotary_factor = 0.5
            llama | {"quantization_config": {"bits": 4}} | quantization_config
            llama | {"num_local_experts": 8} | num_local_experts = 8
            llama | {"final_logit_softcapping": 30.0} | final_logit_softcapping = 30.0
            llama | {"is_encoder_decoder": true} | is_encoder_decoder
            llama | {"auto_map": {"AutoModelForCausalLM": "modeling_x.X"}} | auto_map
            llama | {"sliding_window": 16} | sliding_window = 16
            llama | {"layer_types": ["full_attention"]} | layer_types
            llama | {"layer_types": ["full_attention", "sliding_attention"], "sliding_window": null} | layer_types
            llama | {"eos_token_id": 100} | eos_token_id = 100: token ids from 0 to vocab_size - 1 = 99
            llama | {"eos_token_id": [1, "2"]} | eos_token_id
            llama | {"bos_token_id": -5} | bos_token_id = -5
            llama | {"pad_token_id": 1000} | pad_token_id = 1000
            llama | {"initializer_range": -0.1} | initializer_range = -0.1
            qwen2 | {"attention_bias": true} | attention_bias = true
            qwen2 | {"use_sliding_window": true, "max_window_layers": 1} | max_window_layers = 1
            mistral | {"mlp_bias": true} | mlp_bias = true
            mistral | {"sliding_window": 0} | sliding_window = 0
            mistral | {"layer_types": ["sliding_attention", "sliding_attention"]} | layer_types
            mistral | {"sliding_window": 8, "layer_types": ["full_attention", "full_attention"]} | layer_types
            gemma | {"sliding_window": 8, "layer_types": ["sliding_attention", "sliding_attention"]} | layer_types
            qwen2 | {"layer_types": ["sliding_attention", "sliding_attention"]} | layer_types
            llama | {"rope_scaling": {"type": "linear", "factor": 2, "rope_theta": 5}} | rope_scaling.rope_theta = 5
            gemma | {"hidden_activation": "relu"} | hidden_activation = "relu"
            gpt2 | {"n_head": 5} | n_head = 5: n_embd = 32 is not a multiple
            gpt2 | {"activation_function": "relu"} | activation_function = "relu"
            gpt2 | {"scale_attn_by_inverse_layer_idx": true} | scale_attn_by_inverse_layer_idx
            gpt2 | {"scale_attn_weights": false} | scale_attn_weights
            gpt2 | {"add_cross_attention": true} | add_cross_attention
            gpt2 | {"n_embd": null} | n_embd is missing
            gpt2 | {"n_inner": 0} | n_inner = 0
            """)
    void whatCannotBeComputedIsRefusedByName(String family, String changes, String expected) {
        UserException e = assertThrows(UserException.class, () -> with(family, changes));
        assertTrue(e.getMessage().startsWith("config.json: ") && e.getMessage().contains(expected), e.getMessage());
    }

    @Test
    void harmlessFieldsAreAccepted() {
        with("llama", "{\"attention_dropout\": 0.1, \"pretraining_tp\": 1, \"use_cache\": false, \"quantization_config\": null, \"something\": [1]}");
        with("gpt2", "{\"attn_pdrop\": 0.1, \"resid_pdrop\": 0.1, \"reorder_and_upcast_attn\": true, \"summary_type\": \"cls_index\"}");
        with("llama", "{\"auto_map\": {\"AutoTokenizer\": [\"x\", null]}, \"partial_rotary_factor\": 1.0, \"rope_scaling\": null}");
    }

    @Test
    void defaultsAreThoseOfTheFamily() {
        ModelConfig llama = with("llama", "{}");
        assertEquals(8, llama.headDim());
        assertEquals(1e-6, llama.normEps());
        assertEquals(10000, llama.ropeTheta());
        assertFalse(llama.tied());
        assertEquals(1, llama.bosId());
        assertEquals(List.of(2), llama.eosIds());
        assertEquals(ModelConfig.NO_ID, llama.padId());
        ModelConfig gemma = with("gemma", "{\"hidden_act\": \"gelu\"}");
        assertEquals(256, gemma.headDim());
        assertEquals(Activation.GELU_TANH, gemma.activation());
        assertTrue(gemma.tied());
        ModelConfig gpt2 = with("gpt2", "{}");
        assertTrue(gpt2.tied());
        assertEquals(128, gpt2.intermediateSize());
        assertEquals(1e-5, gpt2.normEps());
        assertEquals(List.of(), gpt2.eosIds(), "50256 lies outside this vocabulary");
        assertEquals(Activation.GELU, with("gpt2", "{\"activation_function\": \"gelu\"}").activation());
        ModelConfig qwen3 = with("qwen3", "{}");
        assertTrue(qwen3.qkNorm() && !qwen3.qkvBias());
        assertEquals(10, qwen3.headDim());
    }

    @Test
    void idsMayBeListsAndNulls() {
        ModelConfig c = with("llama", "{\"eos_token_id\": [3, 4], \"bos_token_id\": null, \"pad_token_id\": -1}");
        assertEquals(List.of(3, 4), c.eosIds());
        assertEquals(ModelConfig.NO_ID, c.bosId());
        assertEquals(ModelConfig.NO_ID, c.padId());
        assertEquals(3, c.eosId().getAsInt());
    }

    @Test
    void windowsApplyToAllLayersOrNone() {
        assertEquals(0, with("qwen2", "{\"use_sliding_window\": true, \"max_window_layers\": 2}").slidingWindow());
        assertEquals(16, with("qwen2", "{\"use_sliding_window\": true, \"max_window_layers\": 0}").slidingWindow());
        assertEquals(0, with("qwen2", "{\"use_sliding_window\": false}").slidingWindow());
        assertEquals(16, with("qwen2", "{\"use_sliding_window\": true, \"layer_types\": [\"sliding_attention\", \"sliding_attention\"]}").slidingWindow());
        assertEquals(9, with("mistral", "{\"sliding_window\": 9}").slidingWindow());
        assertEquals(9, with("mistral", "{\"sliding_window\": 9, \"layer_types\": [\"sliding_attention\", \"sliding_attention\"]}").slidingWindow());
        assertEquals(0, with("mistral", "{\"sliding_window\": null}").slidingWindow());
    }

    @Test
    void missingFilesAndDuplicateKeysAreNamed(@TempDir Path dir) throws IOException {
        assertTrue(assertThrows(UserException.class, () -> ModelConfig.read(dir)).getMessage().contains("has no config.json"));
        assertTrue(assertThrows(UserException.class, () -> ModelConfig.read(dir.resolve("x"))).getMessage().contains("no such file"));
        Files.writeString(dir.resolve("config.json"), "{\"vocab_size\": 1, \"vocab_size\": 2}");
        String message = assertThrows(UserException.class, () -> ModelConfig.read(dir)).getMessage();
        assertTrue(message.contains("\"vocab_size\" appears twice") && message.contains(dir.resolve("config.json").toString()), message);
        Files.writeString(dir.resolve("config.json"), "");
        assertTrue(assertThrows(UserException.class, () -> ModelConfig.read(dir)).getMessage().contains("JSON object"));
    }
}
