package org.align4j.core.model.config;

import org.align4j.core.backend.Activation;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.TensorInfo;
import org.align4j.core.io.internal.StrictJson;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Configurations and parameter names against models made by the reference implementation. */
class GoldenConfigTest {

    private static Path shared(String folder) {
        Path dir = Path.of(System.getProperty("align4j.shared", "../shared"), folder);
        Assumptions.assumeTrue(Files.isDirectory(dir), "skipped: ../shared/" + folder + " is not here");
        return dir;
    }

    private static List<Path> decoders(String folder) throws IOException {
        try (Stream<Path> list = Files.list(shared(folder))) {
            return list.filter(p -> Files.exists(p.resolve("config.json")) && !p.getFileName().toString().startsWith("t5")).sorted().toList();
        }
    }

    @Test
    void expectedParametersAreThoseInTheFile() throws IOException {
        int models = 0;
        for (String folder : List.of("golden/models", "models")) {
            for (Path model : decoders(folder)) {
                ModelConfig config = ModelConfig.read(model);
                try (SafeTensorsFile file = SafeTensorsFile.open(model.resolve("model.safetensors"))) {
                    Map<String, TensorInfo> tensors = file.tensors();
                    List<Parameter> expected = ParameterNames.expected(config);
                    assertEquals(tensors.keySet(), new java.util.HashSet<>(expected.stream().map(Parameter::name).toList()), model.toString());
                    for (Parameter p : expected) {
                        assertTrue(tensors.get(p.name()).hasShape(p.shape()), p + " against " + tensors.get(p.name()));
                    }
                    Map<String, Object> golden = StrictJson.object(Files.readAllBytes(model.resolve("golden.json")), "golden");
                    if (golden.get("parameter_count") instanceof Long count) {
                        assertEquals(count, config.parameterCount(), model.toString());
                    }
                }
                models++;
            }
        }
        assertEquals(10, models);
    }

    @Test
    void bothSpellingsOfAConfigurationMeanTheSame() throws IOException {
        for (Path model : decoders("golden/models")) {
            ModelConfig older = ModelConfig.read(model);
            Path modern = model.resolve("config_v5.json");
            ModelConfig newer = ModelConfig.parse(Files.readString(modern), modern.toString());
            assertArrayEquals(older.inverseFrequencies(), newer.inverseFrequencies());
            assertEquals(withoutRaw(older), withoutRaw(newer));
        }
    }

    private static ModelConfig withoutRaw(ModelConfig c) {
        return new ModelConfig(c.family(), c.vocabSize(), c.hiddenSize(), c.intermediateSize(), c.layers(), c.heads(), c.kvHeads(), c.headDim(),
                c.maxPositions(), c.normEps(), c.norm(), c.normPlusOne(), c.activation(), c.gated(), c.position(), c.ropeTheta(), c.ropeScaling(),
                c.slidingWindow(), c.qkvBias(), c.outBias(), c.mlpBias(), c.tied(), c.embeddingScale(), c.qkNorm(), c.transposedWeights(),
                c.bosId(), c.eosIds(), c.padId(), c.initializerRange(), Map.of());
    }

    @Test
    void whatWasReadIsWrittenBack() throws IOException {
        for (Path model : decoders("golden/models")) {
            for (String name : List.of("config.json", "config_v5.json")) {
                String text = Files.readString(model.resolve(name));
                ModelConfig config = ModelConfig.parse(text, name);
                Map<String, Object> before = StrictJson.object(text, "before");
                Map<String, Object> after = StrictJson.object(config.toJson(), "after");
                assertEquals(before, after);
                assertEquals(List.copyOf(before.keySet()), List.copyOf(after.keySet()));
            }
        }
    }

    @Test
    void familiesHaveTheirPeculiarities() {
        ModelConfig gemma = ModelConfig.read(shared("golden/models").resolve("gemma"));
        assertTrue(gemma.normPlusOne() && gemma.tied() && gemma.gated());
        assertEquals(Activation.GELU_TANH, gemma.activation());
        assertEquals(Math.sqrt(48), gemma.embeddingScale());
        assertEquals(16, gemma.headDim());
        ModelConfig gpt2 = ModelConfig.read(shared("golden/models").resolve("gpt2"));
        assertTrue(gpt2.transposedWeights() && gpt2.tied() && gpt2.qkvBias() && gpt2.outBias() && gpt2.mlpBias() && !gpt2.gated());
        assertEquals(192, gpt2.intermediateSize());
        assertEquals(Position.LEARNED, gpt2.position());
        ModelConfig mistral = ModelConfig.read(shared("golden/models").resolve("mistral_sliding"));
        assertEquals(7, mistral.slidingWindow());
        ModelConfig qwen = ModelConfig.read(shared("golden/models").resolve("qwen2"));
        assertTrue(qwen.qkvBias() && !qwen.outBias());
        assertEquals(0, qwen.slidingWindow());
        ModelConfig llama = ModelConfig.read(shared("golden/models").resolve("llama_rope_llama3"));
        assertEquals(new RopeScaling.Llama3(8, 1, 4, 64), llama.ropeScaling());
    }

    @Test
    void encoderDecodersAreRefusedByName() {
        Path t5 = shared("golden/models").resolve("t5_relu_tied");
        UserException e = assertThrows(UserException.class, () -> ModelConfig.read(t5));
        assertTrue(e.getMessage().contains("T5ForConditionalGeneration") && e.getMessage().contains("LlamaForCausalLM"), e.getMessage());
    }
}
