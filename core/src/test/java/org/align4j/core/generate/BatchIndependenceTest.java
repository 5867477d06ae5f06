package org.align4j.core.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Hardware;
import org.align4j.core.backend.Precision;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.testing.Shared;
import org.align4j.core.testing.TinyModels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What is promised of a continuation whatever else is in the batch. On processors with bfloat16 instructions of AVX-512, where oneDNN's kernels were found to add
 * up in one order for any number of rows, nothing changes at all: tokens and log-probabilities are the same bits. Elsewhere log-probabilities may differ by
 * roundings, and tokens where a random number falls that close to a boundary.
 */
class BatchIndependenceTest {
    private static final boolean BITS = Hardware.instructionSet().equals("AVX-512 with BF16");

    /** Wide enough that products are split between threads and that sums of the feed-forward layer are longer than one block of oneDNN's. */
    private static final ModelConfig WIDE = ModelConfig.freshLlama(700, 96, 1152, 2, 6, 2, 160, true);

    private static List<Request> requests(int vocabulary) {
        Random random = new Random(7);
        List<Request> list = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            list.add(new Request(random.ints(1 + random.nextInt(60), 0, vocabulary).toArray(), 1 + random.nextInt(3), random.nextLong()));
        }
        return list;
    }

    private static void same(Result a, Result b, String what) {
        assertArrayEquals(a.tokens(), b.tokens(), what);
        assertEquals(a.reason(), b.reason(), what);
        assertArrayEquals(a.logProbs(), b.logProbs(), BITS ? 0 : 1e-2, what);
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void limitsOrderAndNeighboursDoNotTell(Precision precision) {
        Models.random(WIDE, 5, 0.12, TinyModels.backend("onednn", precision), model -> {
            List<Request> requests = requests(700);
            Generator generator = new Generator(model, SamplingOptions.plain(24).withStopAtEos(false).withTemperature(0.9).withTopP(0.95));
            List<Result> all = generator.withLimits(new BatchLimits(64, 128)).generate(requests);
            for (int batch : new int[] {1, 5}) {
                List<Result> other = generator.withLimits(new BatchLimits(batch, 128)).generate(requests);
                for (int i = 0; i < all.size(); i++) {
                    same(all.get(i), other.get(i), "batches of " + batch + ", result " + i);
                }
            }
            List<Request> reversed = new ArrayList<>(requests);
            Collections.reverse(reversed);
            List<Result> backwards = generator.withLimits(new BatchLimits(9, 128)).generate(reversed);
            for (Result r : all) {
                Result b = backwards.stream().filter(x -> x.request() == requests.size() - 1 - r.request() && x.sample() == r.sample()).findFirst().orElseThrow();
                same(r, b, "reversed, request " + r.request());
            }
            Result alone = generator.withLimits(new BatchLimits(64, 128)).generate(List.of(requests.get(5))).get(0);
            same(all.stream().filter(r -> r.request() == 5).findFirst().orElseThrow(), alone, "alone");
        });
    }

    private static void scored(Transformer model, List<Request> requests, List<Result> results, double bound, double meanBound) {
        double worst = 0;
        double sum = 0;
        int n = 0;
        for (Result r : results) {
            Group group = new Group(new Location("test", 1), requests.get(r.request()).prompt(), List.of(new Group.Response(r.tokens(), Double.NaN, null, r.ended())));
            double[] expected = model.logProbs(PackedBatch.of(List.of(group)));
            for (int i = 0; i < expected.length; i++) {
                double error = Math.abs(expected[i] - r.logProbs()[i]);
                worst = Math.max(worst, error);
                sum += error;
                n++;
            }
        }
        assertTrue(worst <= bound && sum / n <= meanBound, "off by up to " + worst + ", " + sum / n + " on average, over " + n + " tokens");
    }

    /**
     * Log-probabilities of a few nats with logits of a few dozen: in float32 the two ways differ by the order of sums. In bfloat16 both round their operands, but at
     * different places of slightly different sums, and a scoring pass over few tokens does not round at all; an operand's rounding is up to 2⁻⁹.
     * Found: at most 3e-5 and 0.05, on average 3e-6 and 0.0023.
     */
    @ParameterizedTest
    @EnumSource(Precision.class)
    void logProbsAreThoseOfAScoringPass(Precision precision) {
        boolean half = precision == Precision.BF16;
        for (String name : List.of("stories260K", "babyllama")) {
            Models.stored(Shared.path("models/" + name), TinyModels.backend("onednn", precision), model -> {
                List<Request> requests = requests(model.config().vocabSize());
                List<Result> results = new Generator(model, SamplingOptions.plain(40)).generate(requests);
                scored(model, requests, results, half ? 0.1 : 1e-4, half ? 0.005 : 1e-5);
            });
        }
    }

    /** Memory of the backend, its threads' scratch memory included, does not grow while sequences do. */
    @Test
    void steadyDecodingAllocatesNothing() {
        Models.random(WIDE, 5, 0.12, model -> {
            Backend b = model.backend();
            List<long[]> use = new ArrayList<>();
            new Generator(model, SamplingOptions.plain(120).withStopAtEos(false)).withProgress(p -> use.add(new long[] {b.memory().live(), b.memory().reserved()}))
                    .generate(requests(700).stream().map(r -> new Request(r.prompt(), 2, r.seed())).toList());
            assertTrue(use.size() >= 120);
            // Until there are enough keys for all threads, the scratch memory of some has not been used.
            for (long[] u : use.subList(60, 119)) {
                assertArrayEquals(use.get(60), u, "bytes in use and held");
            }
        });
    }
}
