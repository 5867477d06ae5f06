package org.align4j.core.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.UserException;
import org.align4j.core.generate.internal.Draws;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Frequencies of first and second tokens of a random model against probabilities computed here the plain way: softmax, sort, cut. Seeds are
 * fixed, so the outcome is; a wrong distribution of noticeable size fails with them, and the bound is the 0.9999 quantile of χ².
 */
class SamplingTest {
    static final int V = 40;
    private static final int DRAWS = 10_000;

    /** The probabilities that options give after these logits and tokens. */
    static double[] exact(float[] logits, int[] seen, SamplingOptions o) {
        double[] z = IntStream.range(0, V).mapToDouble(i -> logits[i]).toArray();
        Arrays.stream(seen).distinct().forEach(t -> z[t] = z[t] < 0 ? z[t] * o.repetitionPenalty() : z[t] / o.repetitionPenalty());
        return exact(z, o.temperature(), o.topK(), o.topP(), o.minP());
    }

    private static double[] exact(double[] logits, double temperature, int topK, double topP, double minP) {
        double max = Arrays.stream(logits).max().getAsDouble();
        double[] p = Arrays.stream(logits).map(z -> Math.exp((z - max) / temperature)).toArray();
        int v = p.length;
        Integer[] order = IntStream.range(0, v).boxed().sorted(Comparator.comparingDouble(i -> -p[i])).toArray(Integer[]::new);
        int kept = topK == 0 ? v : topK;
        double total = 0;
        for (int i = 0; i < kept; i++) {
            total += p[order[i]];
        }
        double sum = 0;
        int n = 0;
        while (n < kept && sum < topP * total) {
            sum += p[order[n++]];
        }
        double[] q = new double[v];
        for (int i = 0; i < n; i++) {
            if (p[order[i]] >= minP * p[order[0]]) {
                q[order[i]] = p[order[i]];
            }
        }
        double norm = Arrays.stream(q).sum();
        return Arrays.stream(q).map(x -> x / norm).toArray();
    }

    static void checkChiSquare(long[] counts, double[] p, String what) {
        long n = Arrays.stream(counts).sum();
        double chi = 0;
        int cells = 0;
        double restExpected = 0;
        long restFound = 0;
        for (int i = 0; i < p.length; i++) {
            double expected = n * p[i];
            if (p[i] == 0) {
                assertEquals(0, counts[i], what + ": token " + i + " is cut off");
            } else if (expected < 5) {
                restExpected += expected;
                restFound += counts[i];
            } else {
                chi += (counts[i] - expected) * (counts[i] - expected) / expected;
                cells++;
            }
        }
        if (restExpected >= 5) {
            chi += (restFound - restExpected) * (restFound - restExpected) / restExpected;
            cells++;
        }
        // Wilson and Hilferty's cube-root approximation of the quantile.
        double df = Math.max(1, cells - 1);
        double bound = df * Math.pow(1 - 2 / (9 * df) + 3.719 * Math.sqrt(2 / (9 * df)), 3);
        assertTrue(cells == 1 || chi < bound, what + ": χ² = " + chi + " over " + cells + " cells, bound " + bound);
    }

    @ParameterizedTest
    @CsvSource({"1,0,1,0,1", "0.7,0,1,0,1", "2.5,0,1,0,1", "1,5,1,0,1", "1,0,0.8,0,1", "1.5,0,0.5,0,1", "1,0,1,0.2,1", "1.3,12,0.9,0.05,1", "1,1,1,0,1",
            "1,40,1,0,1", "0.001,0,1,0,1", "3,0,0.01,0,1", "1,0,1,0,1.5", "1,0,1,0,0.7", "1.2,9,0.9,0.02,1.3"})
    void frequenciesAreTheProbabilities(double temperature, int topK, double topP, double minP, double penalty) {
        int[] prompt = {1, 7, 3, 9};
        SamplingOptions options = new SamplingOptions(2, temperature, topK, topP, minP, java.util.Set.of(), false, penalty);
        Models.random(Models.tiny(V), 5, 0.35, model -> {
            float[] logits = model.logits(prompt);
            double[] first = exact(Arrays.copyOfRange(logits, 3 * V, 4 * V), prompt, options);
            List<Result> results = new Generator(model, options).withLimits(new BatchLimits(2048, 512)).generate(List.of(new Request(prompt, DRAWS, 99)));
            long[] counts = new long[V];
            results.forEach(r -> counts[r.tokens()[0]]++);
            checkChiSquare(counts, first, "first token");
            int most = IntStream.range(0, V).boxed().max(Comparator.comparingLong(i -> counts[i])).get();
            int[] longer = Arrays.copyOf(prompt, 5);
            longer[4] = most;
            double[] second = exact(Arrays.copyOfRange(model.logits(longer), 4 * V, 5 * V), longer, options);
            long[] after = new long[V];
            results.stream().filter(r -> r.tokens()[0] == most).forEach(r -> after[r.tokens()[1]]++);
            checkChiSquare(after, second, "second token");
        });
    }

    /** The definition by hand: 2 stands in the prompt, 5 comes in with the continuation, and what is returned are the model's own log-probabilities. */
    @Test
    void theRepetitionPenaltyIsThatOfTransformers() {
        SamplingOptions greedy = SamplingOptions.greedy(12).withStopAtEos(false).withRepetitionPenalty(1.8);
        Models.random(Models.tiny(V), 5, 0.35, model -> {
            int[] prompt = {2, 2, 11};
            Result r = new Generator(model, greedy).generate(List.of(Request.of(prompt, 1))).get(0);
            int[] all = Arrays.copyOf(prompt, prompt.length + r.tokens().length);
            System.arraycopy(r.tokens(), 0, all, prompt.length, r.tokens().length);
            float[] logits = model.logits(all);
            for (int i = 0; i < r.tokens().length; i++) {
                int at = (prompt.length + i - 1) * V;
                double[] z = IntStream.range(0, V).mapToDouble(t -> logits[at + t]).toArray();
                for (int t : Arrays.stream(all, 0, prompt.length + i).distinct().toArray()) {
                    z[t] = z[t] > 0 ? z[t] / 1.8 : z[t] * 1.8;
                }
                int best = IntStream.range(0, V).boxed().max(Comparator.comparingDouble(t -> z[t])).get();
                assertEquals(best, r.tokens()[i], "token " + i);
                double norm = IntStream.range(0, V).mapToDouble(t -> Math.exp(logits[at + t])).sum();
                assertEquals(logits[at + best] - Math.log(norm), r.logProbs()[i], 1e-5);
            }
            assertTrue(Arrays.stream(r.tokens()).distinct().count() > 6, "the penalty tells");
        });
        assertThrows(UserException.class, () -> greedy.withRepetitionPenalty(0));
    }

    /** Large vocabularies, where candidates are found before anything is sorted, against sorting everything. */
    @ParameterizedTest
    @CsvSource({"1,0,0.9,0", "0.5,0,0.99,0", "1,50,1,0", "2,3000,0.8,0.01", "1,0,0.999,0.1", "1,1,1,0", "1,0,1e-9,0"})
    void cutsOfLargeVocabulariesAreThoseOfSorting(double temperature, int topK, double topP, double minP) {
        int v = 20_000;
        java.util.SplittableRandom random = new java.util.SplittableRandom(4);
        for (double scale : new double[] {0.1, 3, 12}) {
            float[] logits = new float[v];
            for (int i = 0; i < v; i++) {
                // Coarse, so that there are many equal ones at the edges.
                logits[i] = (float) (Math.rint(20 * scale * random.nextGaussian()) / 20);
            }
            double[] expected = exact(IntStream.range(0, v).mapToDouble(i -> logits[i]).toArray(), temperature, topK, topP, minP);
            double[] found = Draws.law(logits, new SamplingOptions(1, temperature, topK, topP, minP, java.util.Set.of(), false));
            double edge = 2e-4 * Arrays.stream(expected).max().getAsDouble();
            for (int i = 0; i < v; i++) {
                if (expected[i] == 0 || found[i] == 0) {
                    // At the edge of a nucleus a rounding may move one token in or out.
                    assertEquals(expected[i], found[i], edge, "token " + i);
                } else {
                    assertEquals(1, found[i] / expected[i], 1e-4, "token " + i);
                }
            }
        }
    }

    /** One request with many samples, and many requests with neighbouring seeds, must both behave like independent draws. */
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void pairsOfDrawsAreIndependent(boolean bySample) {
        Models.random(Models.tiny(4), 5, 0.3, model -> {
            int n = 8000;
            SamplingOptions options = SamplingOptions.plain(1).withStopAtEos(false);
            List<Request> requests = bySample ? List.of(new Request(new int[] {1, 2}, n, 3))
                    : IntStream.range(0, n).mapToObj(i -> Request.of(new int[] {1, 2}, i)).toList();
            List<Result> results = new Generator(model, options).withLimits(new BatchLimits(500, 1000)).generate(requests);
            float[] logits = model.logits(new int[] {1, 2});
            double max = Math.max(Math.max(logits[4], logits[5]), Math.max(logits[6], logits[7]));
            double[] p = IntStream.range(4, 8).mapToDouble(i -> Math.exp(logits[i] - max)).toArray();
            double norm = Arrays.stream(p).sum();
            long[] pairs = new long[16];
            for (int i = 0; i + 1 < n; i += 2) {
                pairs[4 * results.get(i).tokens()[0] + results.get(i + 1).tokens()[0]]++;
            }
            checkChiSquare(pairs, IntStream.range(0, 16).mapToDouble(i -> p[i / 4] * p[i % 4] / norm / norm).toArray(), "pairs");
        });
    }
}
