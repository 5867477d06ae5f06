package org.align4j.core.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.align4j.core.UserException;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.io.DType;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.SafeTensorsWriter;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.testing.TinyModels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeftFilesTest {
    private static final PackedBatch BATCH = PackedBatch.of(TinyModels.groups(3, 2, 9, 4));

    @TempDir
    Path temp;

    private Path written(String family, LoraConfig config) throws Exception {
        Path dir = temp.resolve(family + config.dora());
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 8, model -> {
            try (LoraAdapter adapter = Adapters.trained(config, model)) {
                PeftFiles.publish(dir, adapter, "some/base");
            }
        });
        return dir;
    }

    @ParameterizedTest
    @CsvSource({"llama, false", "gpt2, false", "qwen2, true", "gpt2, true"})
    void whatIsReadIsWrittenAgainByteByByte(String family, boolean dora) throws Exception {
        Path first = written(family, Adapters.config(dora, 0.1));
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 8, model -> {
            try (LoraAdapter made = Adapters.trained(Adapters.config(dora, 0.1), model); LoraAdapter read = PeftFiles.read(first, model.config(), model.backend(), false)) {
                assertArrayEquals(Adapters.on(model, made).logProbs(BATCH), Adapters.on(model, read).logProbs(BATCH));
                Path second = temp.resolve("second");
                PeftFiles.publish(second, read, "some/base");
                for (String name : new String[] {"adapter_config.json", "adapter_model.safetensors"}) {
                    assertArrayEquals(Files.readAllBytes(first.resolve(name)), Files.readAllBytes(second.resolve(name)), name);
                }
            }
        });
    }

    @Test
    void namesAndShapesAreThoseOfPeft() throws Exception {
        try (SafeTensorsFile f = SafeTensorsFile.open(written("llama-gqa-tied", Adapters.config(true, 0)).resolve("adapter_model.safetensors"))) {
            assertEquals(2 * 7 * 3, f.tensors().size());
            String layer = "base_model.model.model.layers.1.self_attn.k_proj.";
            assertTrue(f.tensors().get(layer + "lora_A.weight").hasShape(3, 32));
            assertTrue(f.tensors().get(layer + "lora_B.weight").hasShape(16, 3));
            assertTrue(f.tensors().get(layer + "lora_magnitude_vector").hasShape(16));
        }
        Path gpt2 = written("gpt2", Adapters.config(false, 0));
        try (SafeTensorsFile f = SafeTensorsFile.open(gpt2.resolve("adapter_model.safetensors"))) {
            assertTrue(f.tensors().get("base_model.model.transformer.h.0.attn.c_attn.lora_A.weight").hasShape(3, 32));
            assertTrue(f.tensors().get("base_model.model.transformer.h.0.attn.c_attn.lora_B.weight").hasShape(96, 3));
        }
        String json = Files.readString(gpt2.resolve("adapter_config.json"));
        for (String line : new String[] {"\"peft_type\": \"LORA\"", "\"r\": 3", "\"lora_alpha\": 5", "\"fan_in_fan_out\": true", "\"task_type\": \"CAUSAL_LM\"",
            "\"bias\": \"none\"", "\"base_model_name_or_path\": \"some/base\"", "\"use_dora\": false", "\"use_rslora\": false", "\"c_attn\""}) {
            assertTrue(json.contains(line), line + " in " + json);
        }
    }

    /** A configuration as PEFT 0.17 writes it, with fields that say nothing here. */
    @Test
    void aConfigurationOfPeftIsRead() {
        String json = "{\"alpha_pattern\": {}, \"auto_mapping\": null, \"base_model_name_or_path\": \"meta-llama/Llama-3.2-1B\", \"bias\": \"none\", \"corda_config\": null,"
                + "\"eva_config\": null, \"exclude_modules\": null, \"fan_in_fan_out\": false, \"inference_mode\": true, \"init_lora_weights\": true,"
                + "\"layer_replication\": null, \"layers_pattern\": null, \"layers_to_transform\": null, \"loftq_config\": {}, \"lora_alpha\": 32, \"lora_bias\": false,"
                + "\"lora_dropout\": 0.05, \"megatron_config\": null, \"megatron_core\": \"megatron.core\", \"modules_to_save\": null, \"peft_type\": \"LORA\","
                + "\"qalora_group_size\": 16, \"r\": 16, \"rank_pattern\": {}, \"revision\": null, \"target_modules\": [\"v_proj\", \"q_proj\"],"
                + "\"target_parameters\": null, \"task_type\": \"CAUSAL_LM\", \"trainable_token_indices\": null, \"use_dora\": false, \"use_qalora\": false, \"use_rslora\": true}";
        PeftConfig c = PeftConfig.parse(json.getBytes(java.nio.charset.StandardCharsets.UTF_8), Path.of("adapter_config.json"));
        assertEquals(new LoraConfig(16, 32, 0.05, List.of("q_proj", "v_proj"), true, false), c.lora());
        assertEquals(8.0, c.lora().scaling());
        assertEquals("meta-llama/Llama-3.2-1B", c.baseModel());
        String eva = json.replace("\"eva_config\": null", "\"eva_config\": {\"rho\": 2.0, \"tau\": 0.99}").replace("\"init_lora_weights\": true", "\"init_lora_weights\": \"eva\"");
        assertEquals(c, PeftConfig.parse(eva.getBytes(java.nio.charset.StandardCharsets.UTF_8), Path.of("adapter_config.json")), "how A was drawn is of no effect later");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"peft_type\": \"IA3\"", "\"bias\": \"all\"", "\"modules_to_save\": [\"lm_head\"]", "\"rank_pattern\": {\"q_proj\": 4}", "\"alpha_pattern\": {\"q_proj\": 4}",
        "\"layers_to_transform\": [1]", "\"task_type\": \"SEQ_CLS\"", "\"init_lora_weights\": \"pissa\"", "\"target_modules\": \".*proj\"", "\"use_qalora\": true",
        "\"lora_bias\": true", "\"exclude_modules\": [\"q_proj\"]", "\"trainable_token_indices\": [5]", "\"something_new\": 1", "\"r\": 2.5", "\"lora_alpha\": null", "\"r\": 0",
        "\"layer_replication\": [[0, 1]]", "\"use_dora\": 1"})
    void whatIsNotSupportedIsRefusedByName(String field) throws Exception {
        Path dir = written("llama", Adapters.config(false, 0.1));
        String name = field.substring(1, field.indexOf('"', 1));
        edit(dir, json -> json.replaceAll("\"" + name + "\": [^\\[{][^\\n]*,\\n|\"" + name + "\": \\{\\},\\n|\"" + name + "\": \\[[^]]*\\],\\n", "")
                .replaceFirst("\\{", "{" + java.util.regex.Matcher.quoteReplacement(field) + ","));
        UserException e = refused(dir, "llama");
        assertTrue(e.getMessage().contains("adapter_config.json") && e.getMessage().contains(name.equals("r") && field.endsWith(" 0") ? "rank" : name), e.getMessage());
    }

    private static void edit(Path dir, UnaryOperator<String> change) throws Exception {
        Path file = dir.resolve("adapter_config.json");
        Files.writeString(file, change.apply(Files.readString(file)));
    }

    private static UserException refused(Path dir, String family) throws Exception {
        UserException[] found = new UserException[1];
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 8, model -> {
            long before = model.backend().memory().live();
            found[0] = assertThrows(UserException.class, () -> PeftFiles.read(dir, model.config(), model.backend(), true));
            assertEquals(before, model.backend().memory().live(), "nothing is left allocated");
        });
        return found[0];
    }

    @Test
    void tensorsThatDoNotFitAreNamed() throws Exception {
        Path dir = written("llama", Adapters.config(false, 0.1));
        Path file = dir.resolve("adapter_model.safetensors");
        String name = "base_model.model.model.layers.1.mlp.up_proj.lora_B.weight";
        for (String kind : new String[] {"is missing", "must have the shape [48, 3]", "none of this adapter's"}) {
            Path copy = temp.resolve("copy " + kind.length());
            Files.createDirectory(copy);
            Files.copy(dir.resolve("adapter_config.json"), copy.resolve("adapter_config.json"));
            try (SafeTensorsFile source = SafeTensorsFile.open(file)) {
                List<TensorEntry> entries = new ArrayList<>();
                source.tensors().forEach((n, info) -> {
                    long[] shape = n.equals(name) && kind.startsWith("must") ? new long[] {3, 48} : info.shape();
                    if (!n.equals(name) || !kind.equals("is missing")) {
                        entries.add(new TensorEntry(n, DType.F32, shape, (at, dst, count) -> source.read(n, at, dst, 0, count)));
                    }
                });
                if (kind.startsWith("none")) {
                    entries.add(new TensorEntry("base_model.model.lm_head.lora_A.weight", DType.F32, new long[] {3, 32}, (at, dst, count) -> {}));
                }
                SafeTensorsWriter.write(copy.resolve("adapter_model.safetensors"), entries);
            }
            UserException e = refused(copy, "llama");
            assertTrue(e.getMessage().contains(kind) && e.getMessage().contains(kind.startsWith("none") ? "lm_head" : name), e.getMessage());
        }
        assertTrue(refused(dir, "gpt2").getMessage().contains("'down_proj' names no linear layer"));
        assertTrue(refused(dir, "llama-gqa-tied").getMessage().contains("k_proj.lora_B.weight"));
        Files.delete(file);
        assertTrue(refused(dir, "llama").getMessage().contains("is no adapter"));
    }

    /** PEFT finds GPT-2's way of storing matrices in the model, whatever the file says. */
    @Test
    void theModelDecidesHowItsMatricesLie() throws Exception {
        Path dir = written("gpt2", Adapters.config(true, 0.1));
        edit(dir, json -> json.replace("\"fan_in_fan_out\": true", "\"fan_in_fan_out\": false"));
        TinyModels.with(TinyModels.config("gpt2"), TinyModels.backend("onednn"), 8, model -> {
            try (LoraAdapter made = Adapters.trained(Adapters.config(true, 0.1), model); LoraAdapter read = PeftFiles.read(dir, model.config(), model.backend(), false)) {
                assertArrayEquals(Adapters.on(model, made).logProbs(BATCH), Adapters.on(model, read).logProbs(BATCH));
            }
        });
    }

    /** A merged directory is a plain model whose log-probabilities are those of base and adapter. */
    @ParameterizedTest
    @CsvSource({"llama, false", "gpt2, true"})
    void mergesIntoAPlainModel(String family, boolean dora) throws Exception {
        Path adapterDir = written(family, Adapters.config(dora, 0.1));
        Path base = temp.resolve("base");
        Path out = temp.resolve("merged");
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 8, model -> {
            ModelConfig config = model.config();
            ModelFiles.publish(base, config, model.values(), DType.F32, null);
            assertEquals(family.equals("gpt2") ? 8 : 14, MergedModel.publish(model.backend(), base, adapterDir, out));
            try (LoraAdapter adapter = PeftFiles.read(adapterDir, config, model.backend(), false); Parameters merged = ModelFiles.load(model.backend(), ModelConfig.read(out), out)) {
                // As for matrices merged in memory.
                assertArrayEquals(Adapters.on(model, adapter).logProbs(BATCH), new Transformer(config, merged, null).logProbs(BATCH), 1e-4);
            }
            assertThrows(UserException.class, () -> MergedModel.publish(model.backend(), base, adapterDir, base));
            assertThrows(UserException.class, () -> MergedModel.publish(model.backend(), base, temp.resolve("nowhere"), out));
        });
    }
}
