package org.align4j.core.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.testing.Shared;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Greedy continuations against those of Hugging Face Transformers (golden models) and of a float64 forward pass (trained models). */
class GeneratorTest {
    private static int[] ints(JsonNode n) {
        int[] a = new int[n.size()];
        for (int i = 0; i < a.length; i++) {
            a[i] = n.get(i).asInt();
        }
        return a;
    }

    @ParameterizedTest
    @CsvSource({"llama,onednn", "llama_gqa_tied,onednn", "llama_rope_llama3,onednn", "qwen2,onednn", "mistral_sliding,onednn", "gpt2,onednn",
            "gemma,onednn", "llama_gqa_tied,nd4j", "mistral_sliding,nd4j", "gpt2,nd4j"})
    void greedyEqualsTransformers(String name, String backend) {
        Path dir = Shared.path("golden/models/" + name);
        JsonNode golden = JsonMapper.shared().readTree(dir.resolve("golden.json").toFile()).get("greedy");
        assertTrue(golden.size() > 0);
        List<Request> requests = new ArrayList<>();
        for (JsonNode g : golden) {
            requests.add(Request.of(ints(g.get("prompt_ids")), 1));
        }
        int n = golden.get(0).get("new_token_ids").size();
        Models.stored(dir, backend, model -> {
            for (BatchLimits limits : List.of(BatchLimits.DEFAULT, new BatchLimits(1, 4))) {
                List<Result> found = new Generator(model, SamplingOptions.greedy(n).withStopAtEos(false)).withLimits(limits).generate(requests);
                for (int i = 0; i < golden.size(); i++) {
                    assertArrayEquals(ints(golden.get(i).get("new_token_ids")), found.get(i).tokens(), name + " prompt " + i + " with " + limits);
                    assertEquals(FinishReason.LENGTH, found.get(i).reason());
                }
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"babyllama", "stories260K"})
    void greedyEqualsFloat64OnTrainedModels(String name) {
        Path dir = Shared.path("models/" + name);
        JsonNode cases = JsonMapper.shared().readTree(dir.resolve("golden.json").toFile()).get("cases");
        List<Request> requests = new ArrayList<>();
        for (JsonNode c : cases) {
            requests.add(new Request(ints(c.get("ids")), 2, 1));
        }
        Models.stored(dir, "onednn", model -> {
            List<Result> found = new Generator(model, SamplingOptions.greedy(60).withStopAtEos(false)).generate(requests);
            assertEquals(2 * cases.size(), found.size());
            for (Result r : found) {
                assertArrayEquals(ints(cases.get(r.request()).get("greedy_60")), r.tokens(), name + " prompt " + r.request());
            }
        });
    }

    /** The model of names has 16 positions, all of which a name of 15 letters and its end token use, and ends names with token 0. */
    @Test
    void namesEndAtTheirEndToken() {
        Models.stored(Shared.path("models/makemore-gpt2-names"), "onednn", model -> {
            List<Result> names = new Generator(model, SamplingOptions.plain(16)).withLimits(new BatchLimits(50, 7))
                    .generate(List.of(new Request(new int[] {0}, 2000, 11)));
            double nll = 0;
            int tokens = 0;
            for (Result r : names) {
                if (r.ended()) {
                    assertEquals(FinishReason.STOP_TOKEN, r.reason());
                    assertEquals(0, r.tokens()[r.tokens().length - 1]);
                    assertEquals(r.tokens().length - 1, r.content().length);
                } else {
                    assertEquals(16, r.tokens().length);
                }
                assertTrue(Arrays.stream(r.content()).noneMatch(t -> t == 0));
                nll -= r.logProb();
                tokens += r.tokens().length;
            }
            assertTrue(names.stream().filter(Result::ended).count() > 1950);
            // What a model samples has its entropy on average. 1.90 nats per character is its loss on real names, which it fits well.
            assertEquals(1.90, nll / tokens, 0.1);
            assertThrows(UserException.class, () -> new Generator(model, SamplingOptions.plain(17)).generate(List.of(Request.of(new int[] {0}, 1))));
        });
    }
}
