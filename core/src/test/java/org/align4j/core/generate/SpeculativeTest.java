package org.align4j.core.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.align4j.core.UserException;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Speculative decoding gives what decoding gives: the same tokens where it is greedy, the same law where it samples. */
class SpeculativeTest {
    private static final int V = SamplingTest.V;
    private static final int DRAWS = 12_000;

    /** A target and a smaller draft that agrees with it now and then. */
    private static void models(int vocabulary, BiConsumer<Transformer, Transformer> test) {
        ModelConfig small = ModelConfig.freshLlama(vocabulary, 8, 16, 1, 2, 1, 64, false);
        Models.random(Models.tiny(vocabulary), 5, 0.35, target -> Models.random(small, 6, 0.4, draft -> test.accept(target, draft)));
    }

    private static List<Request> requests(int count, long seed) {
        Random random = new Random(seed);
        List<Request> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(new Request(random.ints(1 + random.nextInt(12), 0, V).toArray(), 1 + random.nextInt(3), random.nextLong()));
        }
        return list;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 11})
    void greedyTokensAreThoseOfPlainDecoding(int draftTokens) {
        models(V, (target, draft) -> {
            List<Request> requests = requests(9, 1);
            for (SamplingOptions o : List.of(SamplingOptions.greedy(33).withStopAtEos(false), SamplingOptions.greedy(20).withRepetitionPenalty(1.6),
                    SamplingOptions.greedy(25).withStopTokens(Set.of(3, 5, 8)))) {
                List<Result> plain = new Generator(target, o).withLimits(new BatchLimits(4, 7)).generate(requests);
                Speculation found = new SpeculativeGenerator(target, draft, draftTokens, o).withLimits(new BatchLimits(4, 7)).generate(requests);
                same(plain, found.results());
                assertTrue(found.accepted() > 0 && found.accepted() < found.proposed(), "some are accepted and some are not: " + found.acceptanceRate());
                long sampled = plain.stream().mapToLong(r -> r.tokens().length).sum();
                // A continuation's first token is the prompt's, and what a stop cuts off has been looked at.
                assertTrue(sampled - plain.size() <= found.accepted() + found.rounds());
            }
        });
    }

    private static void same(List<Result> a, List<Result> b) {
        assertEquals(a.size(), b.size());
        for (int i = 0; i < a.size(); i++) {
            assertArrayEquals(a.get(i).tokens(), b.get(i).tokens(), "result " + i);
            assertEquals(a.get(i).reason(), b.get(i).reason());
            assertArrayEquals(a.get(i).logProbs(), b.get(i).logProbs(), 1e-5);
        }
    }

    /**
     * Frequencies against probabilities computed the plain way; the first token needs no draft, the second and third do. Seeds are fixed, the bound is the
     * 0.9999 quantile of χ².
     */
    @ParameterizedTest
    @CsvSource({"1,0,1,0,1,2", "0.7,0,1,0,1,3", "1.4,9,0.9,0.02,1.3,2", "1,0,0.8,0,1,1", "1,0,1,0.1,0.8,2"})
    void theLawIsThatOfTheTarget(double temperature, int topK, double topP, double minP, double penalty, int draftTokens) {
        SamplingOptions options = new SamplingOptions(4, temperature, topK, topP, minP, Set.of(), false, penalty);
        models(V, (target, draft) -> {
            int[] prompt = {1, 7, 3, 9};
            Speculation found = new SpeculativeGenerator(target, draft, draftTokens, options).withLimits(new BatchLimits(600, 512))
                    .generate(List.of(new Request(prompt, DRAWS, 99)));
            assertTrue(found.acceptanceRate() > 0.05 && found.acceptanceRate() < 0.95, "both happen: " + found.acceptanceRate());
            List<Result> left = found.results();
            for (int place = 0; place < 4; place++) {
                long[] counts = new long[V];
                for (Result r : left) {
                    counts[r.tokens()[place]]++;
                }
                float[] logits = Arrays.copyOfRange(target.logits(prompt), (prompt.length - 1) * V, prompt.length * V);
                SamplingTest.checkChiSquare(counts, SamplingTest.exact(logits, prompt, options), "token " + place + " of " + left.size());
                int most = java.util.stream.IntStream.range(0, V).boxed().max(java.util.Comparator.comparingLong(i -> counts[i])).get();
                int at = place;
                left = left.stream().filter(r -> r.tokens()[at] == most).collect(Collectors.toList());
                prompt = Arrays.copyOf(prompt, prompt.length + 1);
                prompt[prompt.length - 1] = most;
            }
        });
    }

    @Test
    void logProbsAreTheTargetsOwnAndNothingDependsOnTheBatch() {
        models(V, (target, draft) -> {
            List<Request> requests = requests(8, 3);
            for (SamplingOptions o : List.of(SamplingOptions.plain(20).withStopAtEos(false), SamplingOptions.plain(20).withTemperature(1.3).withTopK(9).withRepetitionPenalty(1.2))) {
                SpeculativeGenerator generator = new SpeculativeGenerator(target, draft, 3, o);
                List<Result> alone = generator.withLimits(new BatchLimits(1, 4096)).generate(requests).results();
                for (BatchLimits limits : List.of(new BatchLimits(3, 5), new BatchLimits(100, 64))) {
                    same(alone, generator.withLimits(limits).generate(requests).results());
                }
                for (Result r : alone) {
                    Group group = new Group(new Location("test", 1), requests.get(r.request()).prompt(),
                            List.of(new Group.Response(r.tokens(), Double.NaN, null, r.ended())));
                    assertArrayEquals(target.logProbs(PackedBatch.of(List.of(group))), r.logProbs(), 1e-4);
                }
            }
        });
    }

    @Test
    void aDraftThatIsTheTargetIsAlwaysRight() {
        models(V, (target, draft) -> {
            SpeculativeGenerator self = new SpeculativeGenerator(target, target, 4, SamplingOptions.plain(21).withStopAtEos(false));
            Speculation found = self.withLimits(new BatchLimits(3, 40)).generate(requests(6, 4));
            assertTrue(found.acceptanceRate() > 0.999, "rate " + found.acceptanceRate());
            assertTrue(found.tokensPerRound() > 4.9, "per round " + found.tokensPerRound());
        });
    }

    @Test
    void stopsAsPlainDecodingDoesAndGivesEverythingBack() {
        models(V, (target, draft) -> {
            List<Request> requests = requests(6, 5);
            StopRule pair = (t, n) -> n >= 2 && t[n - 1] % 7 == t[n - 2] % 7;
            SamplingOptions o = SamplingOptions.greedy(30).withStopAtEos(false);
            long before = target.backend().memory().live();
            long draftBefore = draft.backend().memory().live();
            SpeculativeGenerator generator = new SpeculativeGenerator(target, draft, 4, o).withStopRule(pair);
            List<Progress> seen = new ArrayList<>();
            Speculation found = generator.withProgress(seen::add).generate(requests);
            same(new Generator(target, o).withStopRule(pair).generate(requests), found.results());
            assertTrue(found.results().stream().anyMatch(r -> r.reason() == FinishReason.STOP_RULE));
            Progress last = seen.get(seen.size() - 1);
            assertEquals(found.results().stream().mapToLong(r -> r.tokens().length).sum(), last.tokens());
            assertEquals(last.total(), last.done());
            assertThrows(IllegalStateException.class, () -> generator.withStopRule((t, n) -> {
                throw new IllegalStateException("rule");
            }).generate(requests));
            assertEquals(before, target.backend().memory().live());
            assertEquals(draftBefore, draft.backend().memory().live());
            assertTrue(generator.cacheBytes(requests) > new Generator(target, o).cacheBytes(requests));
        });
    }

    @Test
    void seedsTellAndMistakesAreNamed() {
        models(V, (target, draft) -> {
            SpeculativeGenerator generator = new SpeculativeGenerator(target, draft, 2, SamplingOptions.plain(12).withStopAtEos(false));
            int[] prompt = {4, 5};
            List<Result> a = generator.generate(List.of(new Request(prompt, 2, 1))).results();
            List<Result> b = generator.generate(List.of(new Request(prompt, 2, 2))).results();
            assertNotEquals(Arrays.toString(a.get(0).tokens()), Arrays.toString(a.get(1).tokens()));
            assertNotEquals(Arrays.toString(a.get(0).tokens()), Arrays.toString(b.get(0).tokens()));
            assertEquals(0, generator.generate(List.of()).rounds());
            assertThrows(UserException.class, () -> new SpeculativeGenerator(target, draft, 0, SamplingOptions.plain(3)));
            Models.random(Models.tiny(V + 1), 1, 0.3, other -> {
                String message = assertThrows(UserException.class, () -> new SpeculativeGenerator(target, other, 2, SamplingOptions.plain(3))).getMessage();
                assertTrue(message.contains("41 tokens") && message.contains("one of 40"), message);
            });
        });
    }
}
