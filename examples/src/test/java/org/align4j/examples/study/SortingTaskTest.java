package org.align4j.examples.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.train.Streams;
import org.align4j.rewardmodels.sampling.RejectionSampling;
import org.junit.jupiter.api.Test;

class SortingTaskTest {
    private static final int[] PROMPT = {9, 3, 5, 4, 8, 2, 7, 6, SortingTask.ASK};

    @Test
    void goldCountsPairsInOrder() {
        assertEquals(1, gold(2, 3, 4, 5, 6, 7, 8, 9, SortingTask.END));
        assertEquals(27 / 28.0, gold(3, 2, 4, 5, 6, 7, 8, 9, SortingTask.END), 1e-12);
        assertEquals(0, gold(9, 8, 7, 6, 5, 4, 3, 2, SortingTask.END));
        assertEquals(21 / 28.0, gold(2, 3, 4, 5, 6, 7, 8, SortingTask.END), 1e-12, "a letter missing is in seven pairs");
        assertEquals(1 - 0.2, gold(2, 3, 4, 5, 6, 7, 8, 9, 9, 20, SortingTask.END), 1e-12, "a letter twice and one that was not asked for");
        assertEquals(0.5, gold(2, 3, 4, 5, 6, 7, 8, 9), "without an end");
        assertEquals(-0.1, gold(20), 1e-12, "what is below 0 is not halved");
    }

    private static double gold(int... response) {
        return SortingTask.gold(PROMPT, response);
    }

    @Test
    void carefulAuthorsSort() {
        int[] best = SortingTask.careless(PROMPT, 0, 0, Streams.of(1, "t", 0));
        assertArrayEquals(new int[] {2, 3, 4, 5, 6, 7, 8, 9, SortingTask.END}, best);
        double careless = 0;
        for (int i = 0; i < 200; i++) {
            careless += SortingTask.gold(PROMPT, SortingTask.careless(PROMPT, 2, 0.1, Streams.of(1, "t", i))) / 200;
        }
        assertTrue(careless > 0.5 && careless < 0.9, "mean " + careless);
    }

    @Test
    void promptsHaveDifferentLetters() {
        for (int i = 0; i < 20; i++) {
            int[] p = SortingTask.prompt(3, "train", i);
            assertEquals(SortingTask.LETTERS, Arrays.stream(p).filter(t -> t >= 2).distinct().count());
            assertEquals(SortingTask.ASK, p[SortingTask.LETTERS]);
        }
    }

    /** Pairs are of what was accepted, the better by reward first; lists keep the order of the samples with labels in [0, 1]. */
    @Test
    void sourcesRankByReward() {
        Sources.Scored s = new Sources.Scored(PROMPT, List.of(new int[] {2, 0}, new int[] {3, 0}, new int[] {4, 0}, new int[] {5, 0}), new double[] {0, 3, 1, 2});
        for (var pair : Sources.pairs(Sources.rejection(List.of(s), new RejectionSampling(2, 0), 1), 1)) {
            assertEquals(3, pair.responses().get(0).ids()[0]);
            assertEquals(5, pair.responses().get(1).ids()[0]);
        }
        double[] labels = Sources.lists(List.of(s)).get(0).responses().stream().mapToDouble(r -> r.score()).toArray();
        assertTrue(labels[1] > labels[3] && labels[3] > labels[2] && labels[2] > labels[0] && labels[1] <= 1 && labels[0] >= 0, Arrays.toString(labels));
        assertEquals(3, Sources.best(List.of(s)).get(0).responses().get(0).ids()[0]);
    }

    @Test
    void thePictureIsXmlWithACurveForEach() throws Exception {
        Map<String, Double> seed = new java.util.HashMap<>();
        for (int n = 1; n <= 64; n *= 2) {
            seed.put("best of " + n + " gold", 0.8 + 0.001 * n);
            seed.put("best of " + n + " by gold", 0.85 + 0.001 * n);
        }
        String svg = BestOfNPicture.draw(List.of(seed, seed));
        var paths = javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder()
                .parse(new java.io.ByteArrayInputStream(svg.getBytes(java.nio.charset.StandardCharsets.UTF_8))).getElementsByTagName("path");
        long curves = java.util.stream.IntStream.range(0, paths.getLength())
                .filter(i -> ((org.w3c.dom.Element) paths.item(i)).getAttribute("d").chars().filter(c -> c == 'L').count() == 6).count();
        assertEquals(2, curves, svg);
    }

    /** Student's t with two degrees of freedom: 4.303 times the standard error 0.2/√3. */
    @Test
    void intervalsAreStudents() {
        List<Map<String, Double>> seeds = List.of(Map.of("a", 1.0, "b", 0.5), Map.of("a", 1.2, "b", 0.5), Map.of("a", 1.4, "b", 0.5));
        assertEquals(1.2, StudyResults.of(seeds, "a").value(), 1e-12);
        assertEquals(4.302652729911275 * 0.2 / Math.sqrt(3), StudyResults.of(seeds, "a").half(), 1e-9);
        assertEquals(0.7, StudyResults.difference(seeds, "a", "b").value(), 1e-12);
    }
}
