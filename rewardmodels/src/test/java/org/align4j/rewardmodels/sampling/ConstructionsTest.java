package org.align4j.rewardmodels.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.core.train.Streams;
import org.align4j.rewardmodels.ranker.PointwiseRanker;
import org.align4j.rewardmodels.sampling.Ranking.Comparison;
import org.align4j.rewardmodels.sampling.Ranking.Pair;
import org.junit.jupiter.api.Test;

class ConstructionsTest {

    /** As Bradley and Terry have it. */
    private static Comparison of(double[] rewards) {
        double[][] psi = PointwiseRanker.of(rewards);
        return (i, j) -> psi[i][j];
    }

    @Test
    void normalisations() {
        double[] r = {1, 3, 3, 5};
        assertArrayEquals(r, Normalization.NONE.of(r));
        assertArrayEquals(new double[] {0, 0.5, 0.5, 1}, Normalization.MIN_MAX.of(r), 1e-15);
        assertArrayEquals(new double[] {-Math.sqrt(2), 0, 0, Math.sqrt(2)}, Normalization.Z_SCORE.of(r), 1e-15);
        assertArrayEquals(new double[] {0, 0.5, 0.5, 1}, Normalization.PERCENTILE.of(r), 1e-15);
        double[] equal = {2, 2};
        assertArrayEquals(new double[] {0, 0}, Normalization.MIN_MAX.of(equal));
        assertArrayEquals(new double[] {0, 0}, Normalization.Z_SCORE.of(equal));
        assertArrayEquals(new double[] {0.5, 0.5}, Normalization.PERCENTILE.of(equal));
        assertArrayEquals(new double[] {0.5}, Normalization.PERCENTILE.of(new double[] {9}));
    }

    /** On many random rewards the share of lower ones is counted one by one. */
    @Test
    void percentilesAreShares() {
        double[] r = Streams.of(3, "test", 0).ints(200, 0, 40).mapToDouble(i -> i).toArray();
        double[] p = Normalization.PERCENTILE.of(r);
        for (int i = 0; i < r.length; i++) {
            double v = r[i];
            double lower = Arrays.stream(r).filter(x -> x < v).count();
            double equal = Arrays.stream(r).filter(x -> x == v).count() - 1;
            assertEquals((lower + equal / 2) / 199, p[i], 1e-12);
        }
    }

    @Test
    void theFirstRoundPairsEveryAnswerOnce() {
        double[] rewards = {0, 1, 2, 3, 4, 5, 6};
        List<Pair> pairs = Ranking.FIRST_ROUND.pairs(7, of(rewards), Streams.of(1, "rank", 0));
        assertEquals(3, pairs.size());
        Set<Integer> met = new HashSet<>();
        pairs.forEach(p -> {
            assertTrue(rewards[p.chosen()] > rewards[p.rejected()]);
            assertTrue(met.add(p.chosen()) && met.add(p.rejected()));
        });
        assertEquals(0, Ranking.FIRST_ROUND.pairs(1, of(rewards), Streams.of(1, "rank", 0)).size());
    }

    @Test
    void theTournamentHasOneLoserPerMatchAndTheBestWins() {
        for (int n = 1; n <= 12; n++) {
            double[] rewards = Streams.of(n, "test", 0).doubles(n).toArray();
            List<Pair> pairs = Ranking.TOURNAMENT.pairs(n, of(rewards), Streams.of(n, "rank", 0));
            assertEquals(n - 1, pairs.size());
            Set<Integer> losers = new HashSet<>();
            pairs.forEach(p -> assertTrue(losers.add(p.rejected()), "an answer that lost is out"));
            assertTrue(!losers.contains(BestOfN.best(rewards)));
        }
    }

    /** The chosen answers of a tournament are better on average than those of the first round, for good ones play again. */
    @Test
    void theTournamentIsBiasedTowardsGoodAnswers() {
        double tournament = 0;
        double first = 0;
        for (int t = 0; t < 300; t++) {
            double[] rewards = Streams.of(7, "test", t).doubles(8).toArray();
            tournament += mean(Ranking.TOURNAMENT.pairs(8, of(rewards), Streams.of(7, "rank", t)), rewards);
            first += mean(Ranking.FIRST_ROUND.pairs(8, of(rewards), Streams.of(7, "rank", t)), rewards);
        }
        // E max of 2, 4, 8 uniforms with weights 4, 2, 1: (4·2/3 + 2·4/5 + 8/9)/7 against 2/3.
        assertEquals((4 * 2 / 3.0 + 2 * 4 / 5.0 + 8 / 9.0) / 7, tournament / 300, 0.02);
        assertEquals(2 / 3.0, first / 300, 0.02);
    }

    private static double mean(List<Pair> pairs, double[] rewards) {
        return pairs.stream().mapToDouble(p -> rewards[p.chosen()]).average().orElseThrow();
    }

    @Test
    void allPairsMeetAndTiesGiveNone() {
        double[] rewards = {1, 0, 1};
        assertEquals(List.of(new Pair(0, 1), new Pair(2, 1)), Ranking.ALL_PAIRS.pairs(3, of(rewards), null));
        assertEquals(List.of(), Ranking.TOURNAMENT.pairs(4, (i, j) -> 0.5, Streams.of(1, "rank", 0)));
        assertThrows(IllegalArgumentException.class, () -> Ranking.ALL_PAIRS.pairs(2, (i, j) -> 2, null));
        assertEquals(1 / (1 + Math.exp(-1)), of(rewards).preference(0, 1), 1e-15);
    }

    @Test
    void theBestMeetsTheWorst() {
        assertEquals(List.of(new Pair(3, 1)), Ranking.BEST_WORST.pairs(5, of(new double[] {1, -4, 0, 7, 2}), null));
        assertEquals(List.of(), Ranking.BEST_WORST.pairs(3, (i, j) -> 0.5, null));
        assertEquals(List.of(), Ranking.BEST_WORST.pairs(1, (i, j) -> 0.5, null));
    }

    @Test
    void stepsJoinToTheSolution() {
        String solution = "\n2 + 3 = 5\n\n5 * 2 = 10\n#### 10\n\n";
        List<String> steps = Steps.split(solution, Steps.LINES);
        assertEquals(List.of("\n2 + 3 = 5\n\n", "5 * 2 = 10\n", "#### 10\n\n"), steps);
        assertEquals(solution, String.join("", steps));
        assertEquals(List.of("a. ", "b. ", "c"), Steps.split("a. b. c", Pattern.compile("\\. ")));
        assertEquals(List.of("a. ", "b  "), Steps.split("a. b  ", Pattern.compile("\\. ")));
        assertEquals(List.of(), Steps.split(" \n ", Steps.LINES));
        assertThrows(IllegalArgumentException.class, () -> Steps.split("ab", Pattern.compile("x*")));
    }

    @Test
    void thePitIsTheFirstOfTheLowest() {
        assertEquals(2, Steps.pit(new double[] {0.8, 0.6, 0, 0, 0.2}));
        assertEquals(0, Steps.pit(new double[] {0, 0}));
    }
}
