package org.align4j.rewardmodels.selection;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.UserException;
import org.align4j.core.data.Location;
import org.align4j.rewardmodels.sampling.SamplingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shingles, MinHash and what is dropped for being there already, in the data or in a test set. */
class NearDuplicatesTest {
    private static final Shingles THREE = new Shingles(Shingles.Kind.WORDS, 3);

    @Test
    void shinglesAndTheirSimilarityByHand() {
        long[] a = THREE.set(THREE.items("The cat sat, on the MAT."));
        long[] b = THREE.set(THREE.items("the cat sat on the hat"));
        assertEquals(4, a.length, "the cat sat; cat sat on; sat on the; on the mat");
        // Three of five different ones are shared.
        assertEquals(3 / 5.0, Shingles.jaccard(a, b));
        assertArrayEquals(THREE.set(THREE.items("two words")), THREE.set(THREE.items("Two  words!")), "a text shorter than a shingle is one shingle");
        assertEquals(1, THREE.set(THREE.items("two words")).length);
        assertEquals(0, THREE.items(" ?! ").length);
        assertEquals(1.0, Shingles.jaccard(new long[0], new long[0]));
        assertEquals(4, new Shingles(Shingles.Kind.CHARACTERS, 2).set(new Shingles(Shingles.Kind.CHARACTERS, 2).items("abcde")).length);
    }

    /** Over 400 pairs of sets of known similarity, the estimate has the mean and the standard error √(J(1−J)/m) that it should. */
    @Test
    void minHashEstimatesJaccard() {
        int m = 128;
        int pairs = 400;
        for (int shared : new int[] {10, 40, 80}) {
            double jaccard = shared / (200.0 - shared);
            double sum = 0;
            double squares = 0;
            for (int p = 0; p < pairs; p++) {
                MinHash hash = new MinHash(m, 7 + p);
                long[] a = IntStream.range(0, 100).mapToLong(i -> Shingles.mix(1000L + i)).toArray();
                long[] b = IntStream.range(100 - shared, 200 - shared).mapToLong(i -> Shingles.mix(1000L + i)).toArray();
                double estimate = MinHash.similarity(hash.signature(a), hash.signature(b));
                sum += estimate;
                squares += (estimate - jaccard) * (estimate - jaccard);
            }
            double error = Math.sqrt(jaccard * (1 - jaccard) / m);
            // The mean of 400 estimates: four standard errors of it. Their spread: within a fifth, the standard deviation of a standard deviation being 1/√800.
            assertEquals(jaccard, sum / pairs, 4 * error / Math.sqrt(pairs), "J " + jaccard);
            assertEquals(error, Math.sqrt(squares / pairs), 0.2 * error, "J " + jaccard);
        }
    }

    @Test
    void bandsFindPairsAtTheThreshold() {
        for (double t : new double[] {0.3, 0.5, 0.8, 0.95, 1}) {
            int r = MinHash.bandRows(128, t, 0.99);
            assertTrue(1 - Math.pow(1 - Math.pow(t, r), 128 / r) >= 0.99, "threshold " + t);
            assertTrue(r == 128 || 1 - Math.pow(1 - Math.pow(t, r + 1), 128 / (r + 1)) < 0.99, "threshold " + t + " allows longer bands");
        }
        assertEquals(128, MinHash.bandRows(128, 1, 0.99));
    }

    private static List<Candidate> texts(int n, SplittableRandom random) {
        List<Candidate> rows = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            String[] words = random.ints(40, 0, 400).mapToObj(w -> "w" + w).toArray(String[]::new);
            if (i % 3 == 2) {
                // A row before with some words replaced: similarities from nearly 0 to 1.
                words = rows.get(random.nextInt(i)).responses().get(0).split(" ");
                for (int k = random.nextInt(8); k > 0; k--) {
                    words[random.nextInt(words.length)] = "x" + random.nextInt(400);
                }
            }
            rows.add(Rows.row(i, "p", String.join(" ", words)));
        }
        return rows;
    }

    /** The same as comparing all pairs: at 300 rows of known seed no near-duplicate is missed, and none is dropped that is not one. */
    @Test
    void whatIsDroppedIsWhatAllPairsSay() {
        List<Candidate> rows = texts(300, new SplittableRandom(5));
        double threshold = 0.6;
        List<Verdict> verdicts = step(threshold, 3).judge(rows);
        long[][] sets = rows.stream().map(r -> THREE.set(THREE.items(r.text(Part.RESPONSE)))).toArray(long[][]::new);
        int dropped = 0;
        for (int i = 0; i < rows.size(); i++) {
            double most = 0;
            for (int j = 0; j < i; j++) {
                most = verdicts.get(j).kept() ? Math.max(most, Shingles.jaccard(sets[i], sets[j])) : most;
            }
            assertEquals(most < threshold, verdicts.get(i).kept(), "row " + i + " is alike by " + most);
            if (!verdicts.get(i).kept()) {
                assertEquals(most, verdicts.get(i).score());
                dropped++;
            }
        }
        assertTrue(dropped > 20 && dropped < 100, dropped + " near-duplicates");
        assertEquals(verdicts, step(threshold, 3).judge(rows), "the same seed says the same");
        assertTrue(verdicts.stream().filter(v -> !v.kept()).allMatch(v -> v.reason().startsWith("nearly the same as rows.jsonl:")));
    }

    private static NearDuplicates step(double threshold, long seed) {
        return new NearDuplicates(new NearDuplicates.Settings(THREE, Part.RESPONSE, threshold, 128, seed));
    }

    @Test
    void theFirstStays() {
        List<Candidate> rows = Rows.ofResponses("one two three four", "One, two, three, four!", "five six seven eight");
        List<Verdict> verdicts = step(0.9, 1).judge(rows);
        assertEquals(List.of(true, false, true), verdicts.stream().map(Verdict::kept).toList());
        assertEquals("nearly the same as rows.jsonl:1 (Jaccard 1.000)", verdicts.get(1).reason());
    }

    /** Of three that are alike the one with the best score stays, whatever its place. */
    @Test
    void theBestStays(@TempDir Path temp) {
        List<Candidate> rows = Rows.ofResponses("one two three four", "One, two, three, four!!", "one two three four!", "five six seven eight");
        RowScorer marks = new RowScorer() {
            @Override
            public double[] score(List<Candidate> of) {
                return of.stream().mapToDouble(r -> r.responses().get(0).chars().filter(c -> c == '!').count()).toArray();
            }

            @Override
            public String name() {
                return "marks";
            }

            @Override
            public Map<String, Object> identity() {
                return Map.of("scorer", "marks");
            }
        };
        NearDuplicates.Settings settings = new NearDuplicates.Settings(THREE, Part.RESPONSE, 0.9, 128, 1);
        List<Verdict> verdicts = new NearDuplicates(settings, marks, new SelectionStores(temp, 2, SamplingListener.NONE)).judge(rows);
        assertEquals(List.of(false, true, false, true), verdicts.stream().map(Verdict::kept).toList());
        assertEquals("nearly the same as rows.jsonl:2 (Jaccard 1.000)", verdicts.get(0).reason());
    }

    @Test
    void whatATestSetHoldsIsDropped() {
        String test = IntStream.range(0, 20).mapToObj(i -> "t" + i).collect(Collectors.joining(" "));
        Decontamination step = new Decontamination(8, 0.5, Part.BOTH, List.of(new Decontamination.Item(new Location("test.jsonl", 1), test),
                new Decontamination.Item(new Location("test.jsonl", 2), "what is it"), new Decontamination.Item(new Location("test.jsonl", 3), "??")));
        List<Verdict> verdicts = step.judge(List.of(Rows.row(0, "nothing to see", "here"), Rows.row(1, "a T0 t1 t2 t3, t4 t5 t6 t7 t8 t9 b", "c"), Rows.row(2, "t0 t1 t2 t3 t4 t5 t6 t7 t8", "c"),
                Rows.row(3, "say: What is it?", "it"), Rows.row(4, "what it is", "t0 t1 t2 t3 t4 t5 t6 x t8 t9 t10 t11 t12 t13 t14"),
                Rows.row(5, "t0 t1 t2 t3 t4 t5 t6 t7", "t12 t13 t14 t15 t16 t17 t18 t19")));
        assertEquals(List.of(true, false, true, false, true, false), verdicts.stream().map(Verdict::kept).toList());
        assertEquals(0.5, verdicts.get(1).score(), "ten of twenty words");
        assertEquals(9 / 20.0, verdicts.get(2).score());
        assertEquals("holds 100 % of the words of test.jsonl:2", verdicts.get(3).reason());
        assertEquals(0, verdicts.get(4).score(), "no eight words in a row: seven on either side of another");
        assertEquals(16 / 20.0, verdicts.get(5).score(), "two runs together");
        assertThrows(UserException.class, () -> new Decontamination(8, 0.5, Part.BOTH, List.of()));
        assertFalse(new Decontamination(8, 0.4, Part.BOTH, List.of(new Decontamination.Item(new Location("t", 1), test))).judge(List.of(Rows.row(2, "t0 t1 t2 t3 t4 t5 t6 t7 t8", "c"))).get(0).kept());
    }
}
