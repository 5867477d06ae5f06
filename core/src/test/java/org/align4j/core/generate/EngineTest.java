package org.align4j.core.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.align4j.core.UserException;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.testing.Shared;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** What must hold of any model: log-probabilities of a scoring pass, independence of the batch, stopping. */
class EngineTest {
    private static List<Request> requests(int count, int vocabulary, int longest, int samples, long seed) {
        Random random = new Random(seed);
        List<Request> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(new Request(random.ints(1 + random.nextInt(longest), 0, vocabulary).toArray(), 1 + random.nextInt(samples), random.nextLong()));
        }
        return list;
    }

    private static void checkScores(Transformer model, List<Request> requests, List<Result> results) {
        for (Result r : results) {
            Group group = new Group(new Location("test", 1), requests.get(r.request()).prompt(),
                    List.of(new Group.Response(r.tokens(), Double.NaN, null, r.ended())));
            assertArrayEquals(model.logProbs(PackedBatch.of(List.of(group))), r.logProbs(), 1e-4, "request " + r.request() + " sample " + r.sample());
        }
    }

    @ParameterizedTest
    @CsvSource({"llama", "llama_gqa_tied", "llama_rope_llama3", "qwen2", "mistral_sliding", "gpt2", "gemma"})
    void logProbsEqualAScoringPass(String name) {
        Models.stored(Shared.path("golden/models/" + name), "onednn", model -> {
            ModelConfig c = model.config();
            List<Request> requests = requests(9, c.vocabSize(), 20, 4, 3);
            for (SamplingOptions o : List.of(SamplingOptions.plain(24), SamplingOptions.plain(24).withTemperature(0.6).withTopK(7))) {
                List<Result> results = new Generator(model, o).withLimits(new BatchLimits(5, 11)).generate(requests);
                checkScores(model, requests, results);
            }
        });
    }

    private static void sameTokens(List<Result> a, List<Result> b) {
        assertEquals(a.size(), b.size());
        for (int i = 0; i < a.size(); i++) {
            assertEquals(a.get(i).request(), b.get(i).request());
            assertEquals(a.get(i).sample(), b.get(i).sample());
            assertArrayEquals(a.get(i).tokens(), b.get(i).tokens(), "result " + i);
            assertEquals(a.get(i).reason(), b.get(i).reason());
            assertArrayEquals(a.get(i).logProbs(), b.get(i).logProbs(), 1e-4);
        }
    }

    private static void independent(Transformer model, List<Request> requests, SamplingOptions options) {
        Generator generator = new Generator(model, options);
        List<Result> expected = generator.withLimits(new BatchLimits(1, 4096)).generate(requests);
        for (BatchLimits limits : List.of(new BatchLimits(3, 5), new BatchLimits(16, 64), new BatchLimits(500, 3))) {
            sameTokens(expected, generator.withLimits(limits).generate(requests));
        }
        List<Request> reversed = new ArrayList<>(requests);
        Collections.reverse(reversed);
        List<Result> backwards = generator.withLimits(new BatchLimits(7, 100)).generate(reversed);
        for (Result r : backwards) {
            Result e = expected.stream().filter(x -> x.request() == requests.size() - 1 - r.request() && x.sample() == r.sample()).findFirst().get();
            assertArrayEquals(e.tokens(), r.tokens());
        }
        assertTrue(expected.stream().anyMatch(r -> !Arrays.equals(r.tokens(), expected.get(0).tokens())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"stories260K", "babyllama"})
    void tokensDoNotDependOnTheBatchInTrainedModels(String name) {
        Models.stored(Shared.path("models/" + name), "onednn", model -> {
            List<Request> requests = requests(5, model.config().vocabSize(), 40, 3, 8);
            independent(model, requests, SamplingOptions.plain(40));
            independent(model, requests, SamplingOptions.plain(40).withTemperature(1.4).withTopP(0.9).withTopK(50));
        });
    }

    @Test
    void tokensDoNotDependOnTheBatch() {
        Models.random(Models.tiny(50), 1, 0.3, model -> {
            List<Request> requests = requests(10, 50, 30, 4, 4);
            independent(model, requests, SamplingOptions.plain(30));
            independent(model, requests, SamplingOptions.plain(30).withTopP(0.7).withMinP(0.02));
            List<Result> results = new Generator(model, SamplingOptions.plain(30)).generate(requests);
            checkScores(model, requests, results);
        });
    }

    @Test
    void samplesSharingAPromptEqualThoseOfSeparateCalls() {
        Models.random(Models.tiny(50), 2, 0.3, model -> {
            int[] prompt = {4, 8, 15, 16, 23, 42, 4, 8};
            Generator generator = new Generator(model, SamplingOptions.plain(25).withStopAtEos(false));
            List<Result> shared = generator.generate(List.of(new Request(prompt, 6, 77)));
            for (int s = 0; s < 6; s++) {
                List<Result> fewer = generator.generate(List.of(new Request(prompt, s + 1, 77)));
                assertArrayEquals(shared.get(s).tokens(), fewer.get(s).tokens());
            }
            List<Result> other = generator.generate(List.of(new Request(prompt, 6, 78)));
            for (int s = 0; s < 6; s++) {
                assertNotEquals(Arrays.toString(shared.get(s).tokens()), Arrays.toString(other.get(s).tokens()));
                assertNotEquals(Arrays.toString(shared.get(s).tokens()), Arrays.toString(shared.get((s + 1) % 6).tokens()));
            }
        });
    }

    /** A window of 5 with prompts below and above it, decoded to far beyond: the scoring pass computes the same without a cache. */
    @Test
    void slidingWindowsAreDecodedBeyondTheWindow() {
        ModelConfig llama = Models.tiny(50);
        java.util.Map<String, Object> json = new java.util.LinkedHashMap<>(llama.raw());
        json.put("architectures", List.of("MistralForCausalLM"));
        json.put("model_type", "mistral");
        json.put("sliding_window", 5);
        json.remove("attention_bias");
        json.remove("mlp_bias");
        json.remove("rope_scaling");
        ModelConfig config = ModelConfig.parse(JsonMapper.shared().writeValueAsString(json), "test");
        assertEquals(5, config.slidingWindow());
        Models.random(config, 3, 0.3, model -> {
            List<Request> requests = requests(12, 50, 20, 3, 9);
            List<Result> results = new Generator(model, SamplingOptions.plain(40).withStopAtEos(false)).withLimits(new BatchLimits(6, 9)).generate(requests);
            checkScores(model, requests, results);
            Models.random(llama, 3, 0.3, full -> {
                List<Result> unlimited = new Generator(full, SamplingOptions.plain(40).withStopAtEos(false)).generate(requests);
                assertNotEquals(Arrays.toString(unlimited.get(0).tokens()), Arrays.toString(results.get(0).tokens()), "the window matters here");
            });
        });
    }

    @Test
    void stopsWhereToldTo() {
        Models.random(Models.tiny(10), 6, 0.3, model -> {
            List<Request> requests = requests(5, 10, 6, 10, 12);
            List<Result> free = new Generator(model, SamplingOptions.plain(30).withStopAtEos(false)).generate(requests);
            List<Result> eos = new Generator(model, SamplingOptions.plain(30)).generate(requests);
            List<Result> five = new Generator(model, SamplingOptions.plain(30).withStopAtEos(false).withStopTokens(Set.of(5, 6))).generate(requests);
            List<Result> rule = new Generator(model, SamplingOptions.plain(30).withStopAtEos(false))
                    .withStopRule((t, n) -> n >= 2 && t[n - 1] == t[n - 2]).generate(requests);
            List<Result> one = new Generator(model, SamplingOptions.plain(1).withStopAtEos(false)).generate(requests);
            for (int i = 0; i < free.size(); i++) {
                int[] all = free.get(i).tokens();
                assertEquals(30, all.length);
                assertEquals(FinishReason.LENGTH, free.get(i).reason());
                cutAfter(all, eos.get(i), FinishReason.STOP_TOKEN, k -> all[k] == 2);
                cutAfter(all, five.get(i), FinishReason.STOP_TOKEN, k -> all[k] == 5 || all[k] == 6);
                cutAfter(all, rule.get(i), FinishReason.STOP_RULE, k -> k > 0 && all[k] == all[k - 1]);
                assertArrayEquals(new int[] {all[0]}, one.get(i).tokens());
            }
            assertTrue(eos.stream().anyMatch(Result::ended) && five.stream().anyMatch(Result::ended) && rule.stream().anyMatch(Result::ended));
        });
    }

    private static void cutAfter(int[] all, Result found, FinishReason reason, java.util.function.IntPredicate stop) {
        int n = 0;
        while (n < all.length && !stop.test(n)) {
            n++;
        }
        assertArrayEquals(Arrays.copyOf(all, Math.min(all.length, n + 1)), found.tokens());
        assertEquals(n < all.length ? reason : FinishReason.LENGTH, found.reason());
    }

    @Test
    void stopStringsMaySpanTokens() {
        String letters = "abcdefghij";
        StopRule rule = StopRule.text(t -> {
            StringBuilder s = new StringBuilder();
            for (int id : t) {
                s.append(letters.charAt(id));
            }
            return s.toString();
        }, List.of("cab", "dd"));
        int[] text = {0, 1, 2, 0, 9, 9, 9, 9, 9, 9, 9, 9, 2, 0, 1, 7, 7, 7, 3, 3};
        for (int n = 1; n <= text.length; n++) {
            String s = "abcajjjjjjjjcabhhhdd".substring(0, n);
            // Asked after every token, a rule must see what the last one completes; it may go on saying so.
            if (s.endsWith("cab") || s.endsWith("dd")) {
                assertTrue(rule.stops(text, n), s);
            } else if (n < 13) {
                assertTrue(!rule.stops(text, n), s);
            }
        }
    }

    @Test
    void progressCountsUp() {
        Models.random(Models.tiny(50), 2, 0.3, model -> {
            List<Progress> seen = new ArrayList<>();
            List<Request> requests = requests(10, 50, 9, 3, 1);
            List<Result> results = new Generator(model, SamplingOptions.plain(12)).withLimits(new BatchLimits(4, 100)).withProgress(seen::add).generate(requests);
            Progress last = seen.get(seen.size() - 1);
            assertEquals(results.size(), last.done());
            assertEquals(results.size(), last.total());
            assertEquals(0, last.live());
            assertEquals(results.stream().mapToLong(r -> r.tokens().length).sum(), last.tokens());
            for (int i = 1; i < seen.size(); i++) {
                assertTrue(seen.get(i).done() >= seen.get(i - 1).done() && seen.get(i).tokens() > seen.get(i - 1).tokens());
                assertTrue(seen.get(i).live() <= 4);
            }
        });
    }

    @Test
    void theCacheIsGivenBack() {
        Models.random(Models.tiny(50), 2, 0.3, model -> {
            long before = model.backend().memory().live();
            List<Request> requests = requests(10, 50, 9, 3, 1);
            Generator g = new Generator(model, SamplingOptions.plain(12)).withLimits(new BatchLimits(4, 100));
            g.generate(requests);
            assertEquals(before, model.backend().memory().live());
            assertTrue(model.backend().memory().peak() >= before + g.cacheBytes(requests));
            assertThrows(IllegalStateException.class, () -> g.withStopRule((t, n) -> {
                throw new IllegalStateException("rule");
            }).generate(requests));
            assertEquals(before, model.backend().memory().live());
        });
    }

    @Test
    void mistakesAreNamedBeforeAnyWork() {
        Models.random(Models.tiny(50), 2, 0.3, model -> {
            Generator g = new Generator(model, SamplingOptions.plain(12));
            String id = assertThrows(UserException.class, () -> g.generate(List.of(Request.of(new int[] {1, 50}, 1)))).getMessage();
            assertTrue(id.contains("Prompt 0 holds id 50 at index 1"), id);
            assertThrows(UserException.class, () -> g.generate(List.of(Request.of(new int[] {-1}, 1))));
            assertThrows(UserException.class, () -> new Generator(model, SamplingOptions.plain(3).withStopTokens(Set.of(50))));
            assertThrows(UserException.class, () -> new Generator(model, SamplingOptions.plain(1 << 30)).generate(List.of(new Request(new int[] {1}, 64, 1))));
            assertEquals(List.of(), g.generate(List.of()));
        });
        for (Runnable bad : List.<Runnable>of(() -> SamplingOptions.plain(0), () -> SamplingOptions.plain(1).withTemperature(Double.NaN),
                () -> SamplingOptions.plain(1).withTopP(0), () -> SamplingOptions.plain(1).withTopP(1.1), () -> SamplingOptions.plain(1).withMinP(1),
                () -> SamplingOptions.plain(1).withTopK(-1), () -> new BatchLimits(0, 1))) {
            assertThrows(UserException.class, bad::run);
        }
        assertThrows(IllegalArgumentException.class, () -> Request.of(new int[0], 1));
    }

    @Test
    void aModelThatDivergedIsAnError() {
        Models.random(Models.tiny(50), 2, 0.3, model -> {
            model.values().fill(Float.NaN);
            for (SamplingOptions o : List.of(SamplingOptions.plain(3), SamplingOptions.greedy(3), SamplingOptions.plain(3).withTopK(3))) {
                assertThrows(UserException.class, () -> new Generator(model, o).generate(List.of(Request.of(new int[] {1}, 1))));
            }
        });
    }
}
