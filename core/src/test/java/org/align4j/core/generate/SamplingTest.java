package org.align4j.core.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Frequencies of first and second tokens of a random model against probabilities computed here the plain way: softmax, sort, cut. Seeds are
 * fixed, so the outcome is; a wrong distribution of noticeable size fails with them, and the bound is the 0.9999 quantile of χ².
 */
class SamplingTest {
    private static final int V = 40;
    private static final int DRAWS = 10_000;

    private static double[] exact(float[] logits, double temperature, int topK, double topP, double minP) {
        double max = IntStream.range(0, V).mapToDouble(i -> logits[i]).max().getAsDouble();
        double[] p = IntStream.range(0, V).mapToDouble(i -> Math.exp((logits[i] - max) / temperature)).toArray();
        Integer[] order = IntStream.range(0, V).boxed().sorted(Comparator.comparingDouble(i -> -p[i])).toArray(Integer[]::new);
        int kept = topK == 0 ? V : topK;
        double total = 0;
        for (int i = 0; i < kept; i++) {
            total += p[order[i]];
        }
        double sum = 0;
        int n = 0;
        while (n < kept && sum < topP * total) {
            sum += p[order[n++]];
        }
        double[] q = new double[V];
        for (int i = 0; i < n; i++) {
            if (p[order[i]] >= minP * p[order[0]]) {
                q[order[i]] = p[order[i]];
            }
        }
        double norm = Arrays.stream(q).sum();
        return Arrays.stream(q).map(x -> x / norm).toArray();
    }

    private static void checkChiSquare(long[] counts, double[] p, String what) {
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
    @CsvSource({"1,0,1,0", "0.7,0,1,0", "2.5,0,1,0", "1,5,1,0", "1,0,0.8,0", "1.5,0,0.5,0", "1,0,1,0.2", "1.3,12,0.9,0.05", "1,1,1,0", "1,40,1,0",
            "0.001,0,1,0", "3,0,0.01,0"})
    void frequenciesAreTheProbabilities(double temperature, int topK, double topP, double minP) {
        int[] prompt = {1, 7, 3, 9};
        SamplingOptions options = new SamplingOptions(2, temperature, topK, topP, minP, java.util.Set.of(), false);
        Models.random(Models.tiny(V), 5, 0.35, model -> {
            float[] logits = model.logits(prompt);
            double[] first = exact(Arrays.copyOfRange(logits, 3 * V, 4 * V), temperature, topK, topP, minP);
            List<Result> results = new Generator(model, options).withLimits(new BatchLimits(2048, 512)).generate(List.of(new Request(prompt, DRAWS, 99)));
            long[] counts = new long[V];
            results.forEach(r -> counts[r.tokens()[0]]++);
            checkChiSquare(counts, first, "first token");
            int most = IntStream.range(0, V).boxed().max(Comparator.comparingLong(i -> counts[i])).get();
            int[] longer = Arrays.copyOf(prompt, 5);
            longer[4] = most;
            double[] second = exact(Arrays.copyOfRange(model.logits(longer), 4 * V, 5 * V), temperature, topK, topP, minP);
            long[] after = new long[V];
            results.stream().filter(r -> r.tokens()[0] == most).forEach(r -> after[r.tokens()[1]]++);
            checkChiSquare(after, second, "second token");
        });
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
