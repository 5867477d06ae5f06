package org.align4j.rewardmodels.selection;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.align4j.core.UserException;
import org.align4j.rewardmodels.sampling.SamplingListener;
import org.align4j.rewardmodels.sampling.SamplingStopped;
import org.align4j.rewardmodels.verifier.LengthVerifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps in order, choices by score, what is kept on disk, and the indicators that are computed without a model. */
class SelectionTest {
    @TempDir
    Path temp;

    /** The number of letters of the response; counts what it is asked. */
    private static final class Letters implements RowScorer {
        int asked;

        @Override
        public double[] score(List<Candidate> rows) {
            asked += rows.size();
            return rows.stream().mapToDouble(r -> r.responses().get(0).isEmpty() ? Double.NaN : r.responses().get(0).length()).toArray();
        }

        @Override
        public String name() {
            return "letters";
        }

        @Override
        public Map<String, Object> identity() {
            return Map.of("scorer", "letters");
        }
    }

    private SelectionStores stores(int shardRows) {
        return new SelectionStores(temp, shardRows, SamplingListener.NONE);
    }

    @Test
    void everyRowIsKeptOrDroppedOnceAndWithAReason() {
        List<Candidate> rows = Rows.ofResponses("aaaa", "b", "cc cc", "dddddd d", "", "eee");
        LengthStep.Bounds upTo6 = new LengthStep.Bounds(1, 6);
        Selection s = Selection.of(rows, List.of(new LengthStep(LengthStep.Bounds.ANY, upTo6, LengthVerifier.Unit.CHARACTERS),
                new ScoredStep("quality", new Letters(), new Choice.Some(2, 0, Choice.Where.HIGHEST), stores(2))));
        assertEquals(List.of(0, 2), s.kept().stream().map(Selection.Kept::index).toList());
        assertEquals(Map.of("1-length", 5.0, "2-quality", 5.0), s.kept().get(1).scores());
        assertEquals(List.of("3: 1-length: response of 8 characters, more than 6", "4: 1-length: response of 0 characters, fewer than 1",
                "1: 2-quality: letters of 1.00000 is not among the highest 2", "5: 2-quality: letters of 3.00000 is not among the highest 2"),
                s.dropped().stream().map(d -> d.index() + ": " + d.step() + ": " + d.reason()).toList());
        assertEquals(List.of(new Selection.Count("1-length", 6, 4), new Selection.Count("2-quality", 4, 2)), s.steps());
        Selection none = Selection.of(rows, List.of(new LengthStep(LengthStep.Bounds.ANY, new LengthStep.Bounds(99, 100), LengthVerifier.Unit.WORDS), new RandomStep(3, 0, 1)));
        assertEquals(6, none.dropped().size());
        assertEquals(new Selection.Count("2-random", 0, 0), none.steps().get(1), "what is left of nothing is nothing");
    }

    @Test
    void choicesByHand() {
        double[] scores = {3, 1, Double.NaN, 2, 3, 5};
        assertEquals("100011", bits(new Choice.Some(3, 0, Choice.Where.HIGHEST).of(scores)));
        assertEquals("110100", bits(new Choice.Some(3, 0, Choice.Where.LOWEST).of(scores)), "of equal scores the first");
        assertEquals("100000", bits(new Choice.Some(1, 0, Choice.Where.MIDDLE).of(scores)));
        assertEquals("100110", bits(new Choice.Some(0, 0.6, Choice.Where.MIDDLE).of(scores)));
        assertEquals("010100", bits(new Choice.Band(0, 0.4).of(scores)));
        assertEquals("100111", bits(new Choice.Band(0.2, 1).of(scores)));
        assertEquals("100110", bits(new Choice.Between(2, 3).of(scores)));
        assertThrows(UserException.class, () -> new Choice.Some(6, 0, Choice.Where.HIGHEST).of(scores));
        assertThrows(IllegalArgumentException.class, () -> new Choice.Some(1, 0.5, Choice.Where.HIGHEST));
        assertThrows(IllegalArgumentException.class, () -> new Choice.Band(0.5, 0.5));
        assertThrows(IllegalArgumentException.class, () -> new Choice.Between(Double.NaN, 1));
    }

    private static String bits(boolean[] kept) {
        StringBuilder s = new StringBuilder();
        for (boolean k : kept) {
            s.append(k ? 1 : 0);
        }
        return s.toString();
    }

    @Test
    void randomPartsNest() {
        List<Candidate> rows = Rows.ofResponses(IntStream.range(0, 50).mapToObj(i -> "w" + i).toArray(String[]::new));
        List<Verdict> few = new RandomStep(10, 0, 3).judge(rows);
        List<Verdict> more = new RandomStep(0, 0.5, 3).judge(rows);
        assertEquals(10, few.stream().filter(Verdict::kept).count());
        assertEquals(25, more.stream().filter(Verdict::kept).count());
        assertTrue(IntStream.range(0, 50).allMatch(i -> !few.get(i).kept() || more.get(i).kept()));
        assertThrows(UserException.class, () -> new RandomStep(51, 0, 3).judge(rows));
    }

    /** Stopped after every shard and asked again, every row is scored once, and the scores are those of one go. */
    @Test
    void scoresAndVectorsAreFoundAgain() {
        List<Candidate> rows = Rows.ofResponses(IntStream.range(0, 23).mapToObj(i -> "x".repeat(i)).toArray(String[]::new));
        Letters letters = new Letters();
        SamplingListener stops = new SamplingListener() {
            @Override
            public boolean stop() {
                return true;
            }
        };
        SelectionStores stopping = new SelectionStores(temp, 10, stops);
        assertThrows(SamplingStopped.class, () -> stopping.scores(letters, rows));
        assertThrows(SamplingStopped.class, () -> stopping.scores(letters, rows));
        double[] scores = stopping.scores(letters, rows);
        assertEquals(23, letters.asked);
        assertArrayEquals(new Letters().score(rows), scores);
        assertTrue(Double.isNaN(scores[0]));
        assertArrayEquals(scores, stores(10).scores(letters, rows));
        assertEquals(23, letters.asked, "nothing was asked again");
        stores(10).scores(letters, rows.subList(0, 22));
        assertEquals(45, letters.asked, "other rows are other inputs");
        SplittableRandom random = new SplittableRandom(1);
        float[][] made = new float[23][];
        int[] at = {0};
        float[][] vectors = stores(10).vectors("v", Map.of("v", 1), rows, some -> some.stream().map(r -> made[at[0]++] = new float[] {(float) random.nextGaussian(), -0f}).toArray(float[][]::new));
        assertTrue(Arrays.deepEquals(made, vectors));
        assertTrue(Arrays.deepEquals(made, stores(10).vectors("v", Map.of("v", 1), rows, some -> {
            throw new AssertionError("computed again");
        })));
    }

    /**
     * Products of hashed vectors against those of the exact ones, over 20 vocabularies of 60 words: no bias, and the error √((1 + p²)/width) of feature hashing on average.
     */
    @Test
    void hashedWordsKeepProducts() {
        SplittableRandom random = new SplittableRandom(8);
        int width = 256;
        double bias = 0;
        double squares = 0;
        int pairs = 0;
        for (int vocabulary = 0; vocabulary < 20; vocabulary++) {
            String name = "v" + vocabulary + "x";
            List<Candidate> rows = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                rows.add(Rows.row(i, "p", String.join(" ", random.ints(12, 0, 60).mapToObj(w -> name + w).toList())));
            }
            float[][] hashed = new HashedTfIdf(Part.RESPONSE, width).embed(rows, null);
            for (int i = 0; i < 16; i++) {
                assertEquals(1, dot(hashed[i], hashed[i]), 1e-5);
                for (int j = 0; j < i; j++) {
                    double error = dot(hashed[i], hashed[j]) - cosine(rows, i, j);
                    bias += error;
                    squares += error * error;
                    pairs++;
                }
            }
        }
        double expected = 1 / Math.sqrt(width);
        // Pairs of one vocabulary share its collisions, so that the mean is only known as well as 20 draws say it.
        assertEquals(0, bias / pairs, 4 * expected / Math.sqrt(20));
        assertEquals(expected, Math.sqrt(squares / pairs), 0.35 * expected);
        float[][] blank = new HashedTfIdf(Part.RESPONSE, width).embed(Rows.ofResponses("a b", " "), null);
        assertEquals(0, dot(blank[1], blank[1]), "nothing to say");
    }

    /** Of tf-idf vectors, by maps. */
    private static double cosine(List<Candidate> rows, int i, int j) {
        Map<String, Double> a = weights(rows, i);
        Map<String, Double> b = weights(rows, j);
        return a.entrySet().stream().mapToDouble(e -> e.getValue() * b.getOrDefault(e.getKey(), 0.0)).sum() / norm(a) / norm(b);
    }

    private static double norm(Map<String, Double> a) {
        return Math.sqrt(a.values().stream().mapToDouble(v -> v * v).sum());
    }

    private static Map<String, Double> weights(List<Candidate> rows, int i) {
        List<List<String>> words = rows.stream().map(r -> List.of(r.responses().get(0).split(" "))).toList();
        Map<String, Double> m = new java.util.HashMap<>();
        for (String w : words.get(i)) {
            long count = words.get(i).stream().filter(w::equals).count();
            long having = words.stream().filter(r -> r.contains(w)).count();
            m.put(w, (1 + Math.log(count)) * (1 + Math.log((1.0 + rows.size()) / (1 + having))));
        }
        return m;
    }

    private static double dot(float[] a, float[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> (double) a[i] * b[i]).sum();
    }

    @Test
    void neighboursByHand() {
        float[][] points = {{0, 0}, {3, 4}, {0, 1}, {10, 0}};
        assertArrayEquals(new double[] {1, Math.sqrt(18), 1, Math.sqrt(65)}, Neighbours.distances(points, 1), 1e-12);
        assertArrayEquals(new double[] {5, 5, Math.sqrt(18), 10}, Neighbours.distances(points, 2), 1e-12);
        assertThrows(UserException.class, () -> Neighbours.distances(points, 4));
    }

    @Test
    void aPredictedLossIsTheSumOfItsIndicators() {
        List<Candidate> rows = Rows.ofResponses("a", "b b", "c c c", "d d d d");
        InstructionMining.Coefficients c = new InstructionMining.Coefficients(0.5, -0.1, 0.2, -1, 0);
        Embedder line = (of, stores) -> of.stream().map(r -> new float[] {r.responses().get(0).length()}).toArray(float[][]::new);
        List<Verdict> v = new InstructionMining(c, new InstructionMining.Indicators(new Letters(), null, line, 2), new Choice.Some(2, 0, Choice.Where.LOWEST), stores(9)).judge(rows);
        // Letters 1, 3, 5, 7; tokens 1 to 4; the second neighbour is 4, 2, 2, 4 away.
        double[] expected = {0.5 - 0.1 + 0.2 - 4, 0.5 - 0.3 + 0.4 - 2, 0.5 - 0.5 + 0.6 - 2, 0.5 - 0.7 + 0.8 - 4};
        assertArrayEquals(expected, v.stream().mapToDouble(Verdict::score).toArray(), 1e-12);
        assertEquals(List.of(true, false, false, true), v.stream().map(Verdict::kept).toList());
        assertThrows(IllegalArgumentException.class, () -> new InstructionMining(InstructionMining.Coefficients.PUBLISHED, new InstructionMining.Indicators(null, null, line, 6),
                new Choice.Band(0, 0.5), stores(9)));
    }

    /** Coefficients that made the losses are found again; with noise, within four standard errors. */
    @Test
    void refittingFindsTheCoefficients() {
        SplittableRandom random = new SplittableRandom(2);
        double[] truth = {1.0694, -0.1498, 8.257e-5, -0.9350};
        double[][] x = new double[200][];
        double[] y = new double[200];
        double[] noisy = new double[200];
        for (int i = 0; i < 200; i++) {
            x[i] = new double[] {random.nextGaussian(), 100 + 50 * random.nextGaussian(), 0.5 + 0.1 * random.nextGaussian()};
            y[i] = truth[0] + truth[1] * x[i][0] + truth[2] * x[i][1] + truth[3] * x[i][2];
            noisy[i] = y[i] + 0.1 * random.nextGaussian();
        }
        LinearFit fit = LinearFit.of(x, y);
        assertArrayEquals(truth, fit.coefficients(), 1e-10);
        assertEquals(1, fit.rSquared(), 1e-12);
        LinearFit rough = LinearFit.of(x, noisy);
        assertEquals(truth[1], rough.coefficients()[1], 4 * 0.1 / Math.sqrt(200));
        assertEquals(truth[2], rough.coefficients()[2], 4 * 0.1 / 50 / Math.sqrt(200));
        assertEquals(truth[3], rough.coefficients()[3], 4 * 0.1 / 0.1 / Math.sqrt(200));
        assertTrue(rough.rSquared() < 1 && rough.rSquared() > 0.5, "R² " + rough.rSquared());
        double[][] twice = Arrays.stream(x).map(r -> new double[] {r[0], 2 * r[0]}).toArray(double[][]::new);
        assertThrows(IllegalArgumentException.class, () -> LinearFit.of(twice, y));
        assertThrows(IllegalArgumentException.class, () -> LinearFit.of(new double[][] {{1}}, new double[] {1}));
    }
}
