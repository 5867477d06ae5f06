package org.align4j.core.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.backend.Backend;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.Request;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.testing.Shared;
import org.align4j.core.testing.TinyModels;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Models with trained weights against an independent float64 forward pass (given to six decimals), and every model written and read again.
 */
@Tag("slow")
class SharedModelsTest {

    private static int[] ints(JsonNode n) {
        return IntStream.range(0, n.size()).map(i -> n.get(i).asInt()).toArray();
    }

    @ParameterizedTest
    @CsvSource({"stories260K, onednn", "stories260K, nd4j", "babyllama, onednn", "makemore-gpt2-names, onednn", "makemore-gpt2-names, nd4j"})
    void agreesWithFloat64(String name, String backend) throws IOException {
        Path dir = Shared.path("models/" + name);
        JsonNode golden = JsonMapper.shared().readTree(dir.resolve("golden.json").toFile());
        ModelConfig config = ModelConfig.read(dir);
        try (Backend b = TinyModels.backend(backend); Parameters values = ModelFiles.load(b, config, dir)) {
            Transformer model = new Transformer(config, values, null);
            for (JsonNode c : golden.get("cases")) {
                int[] ids = ints(c.get("ids"));
                int[] next = c.has("targets") ? ints(c.get("targets")) : Arrays.copyOfRange(ids, 1, ids.length);
                double[] found = logProbs(model, ids, next);
                for (int i = 0; i < next.length; i++) {
                    assertEquals(c.get("token_logprobs").get(i).asDouble(), found[i], 2e-4, c.get("text") + " token " + i);
                }
                float[] logits = model.logits(ids);
                JsonNode last = c.get("last_logits");
                for (int i = 0; i < last.size(); i++) {
                    assertEquals(last.get(i).asDouble(), logits[(ids.length - 1) * config.vocabSize() + i], 5e-4, c.get("text") + " logit " + i);
                }
                if (c.has("greedy_60")) {
                    int[] expected = ints(c.get("greedy_60"));
                    int[] answer = new Generator(model, SamplingOptions.greedy(expected.length)).generate(List.of(new Request(ids, 1, 0))).get(0).tokens();
                    assertArrayEquals(expected, answer, "greedy continuation of " + c.get("text"));
                }
            }
        }
    }

    /** Log-probability of every next token; the last target may stand outside the sequence of inputs. */
    private static double[] logProbs(Transformer model, int[] ids, int[] next) {
        int[] response = Arrays.copyOf(next, next.length);
        Group group = new Group(new Location("golden", 1), new int[] {ids[0]}, List.of(TinyModels.response(response)));
        return model.logProbs(PackedBatch.of(List.of(group)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"models/stories260K", "models/babyllama", "models/makemore-gpt2-names", "golden/models/llama", "golden/models/llama_gqa_tied",
            "golden/models/llama_rope_llama3", "golden/models/qwen2", "golden/models/mistral_sliding", "golden/models/gpt2", "golden/models/gemma"})
    void reloadsToTheSameLogits(String name, @TempDir Path temp) {
        Path dir = Shared.path(name);
        reload(ModelConfig.read(dir), dir, temp);
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-gqa-tied", "llama3-rope", "qwen2", "mistral-window", "gpt2", "gemma"})
    void randomModelsReloadToTheSameLogits(String family, @TempDir Path temp) throws Exception {
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 3, model -> {
            ModelFiles.publish(temp.resolve("original"), model.config(), model.values(), org.align4j.core.io.DType.F32, null);
            reload(ModelConfig.read(temp.resolve("original")), temp.resolve("original"), temp);
        });
    }

    /** Float32 comes back bit for bit. bfloat16 keeps 8 bits, and what was rounded once stays as it is when written again. */
    private static void reload(ModelConfig config, Path dir, Path temp) {
        int[] ids = IntStream.range(0, Math.min(14, config.maxPositions())).map(i -> (i * 7 + 3) % config.vocabSize()).toArray();
        try (Backend b = TinyModels.backend("onednn"); Parameters original = ModelFiles.load(b, config, dir)) {
            float[] expected = new Transformer(config, original, null).logits(ids);
            ModelFiles.publish(temp.resolve("f32"), config, original, org.align4j.core.io.DType.F32, dir);
            assertArrayEquals(expected, logits(b, temp.resolve("f32"), ids));
            ModelFiles.publish(temp.resolve("bf16"), config, original, org.align4j.core.io.DType.BF16, dir);
            float[] rounded = logits(b, temp.resolve("bf16"), ids);
            double difference = 0;
            double size = 0;
            for (int i = 0; i < expected.length; i++) {
                difference += Math.pow(expected[i] - rounded[i], 2);
                size += expected[i] * expected[i];
            }
            // One rounding of every weight by at most 2^-9; several layers of it add up to some 2^-7 of the logits.
            double relative = Math.sqrt(difference / size);
            assertTrue(relative > 0 && relative < 0.02, "bfloat16 weights change the logits by " + relative);
            ModelConfig again = ModelConfig.read(temp.resolve("bf16"));
            assertEquals(org.align4j.core.io.DType.BF16, ModelFiles.storedType(again));
            try (Parameters p = ModelFiles.load(b, again, temp.resolve("bf16"))) {
                ModelFiles.publish(temp.resolve("bf16-again"), again, p, org.align4j.core.io.DType.BF16, null);
            }
            assertArrayEquals(rounded, logits(b, temp.resolve("bf16-again"), ids));
        }
    }

    private static float[] logits(Backend b, Path dir, int[] ids) {
        ModelConfig config = ModelConfig.read(dir);
        try (Parameters p = ModelFiles.load(b, config, dir)) {
            return new Transformer(config, p, null).logits(ids);
        }
    }
}
