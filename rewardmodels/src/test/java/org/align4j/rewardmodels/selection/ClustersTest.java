package org.align4j.rewardmodels.selection;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.align4j.core.UserException;
import org.junit.jupiter.api.Test;

/** k-means, quotas, and the law by which rows of a cluster are drawn. */
class ClustersTest {

    /** Points around 6 centres ten standard deviations apart. */
    private static float[][] separated(int n, int[] truth, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[][] points = new float[n][2];
        for (int i = 0; i < n; i++) {
            truth[i] = random.nextInt(6);
            points[i][0] = (float) (10 * (truth[i] % 3) + random.nextGaussian());
            points[i][1] = (float) (10 * (truth[i] / 3) + random.nextGaussian());
        }
        return points;
    }

    @Test
    void separatedClustersAreFound() {
        int[] truth = new int[600];
        float[][] points = separated(600, truth, 1);
        // One start may put two centres into one cluster; the best of several is to find all six.
        KMeans best = IntStream.range(0, 5).mapToObj(s -> KMeans.fit(points, 6, 50, s)).min(Comparator.comparingDouble(KMeans::inertia)).orElseThrow();
        Map<Integer, Integer> majority = new HashMap<>();
        for (int c = 0; c < 6; c++) {
            int cluster = c;
            int[] counts = new int[6];
            IntStream.range(0, truth.length).filter(i -> best.clusters()[i] == cluster).forEach(i -> counts[truth[i]]++);
            majority.put(c, IntStream.range(0, 6).boxed().max(Comparator.comparingInt(t -> counts[t])).orElseThrow());
        }
        assertEquals(6, majority.values().stream().distinct().count(), "each true cluster has one of its own");
        long right = IntStream.range(0, truth.length).filter(i -> majority.get(best.clusters()[i]) == truth[i]).count();
        assertEquals(600, right);
        // Two coordinates of unit variance: 2·600 on average, standard deviation √(2·1200) = 49; four of them.
        assertEquals(1200 - 12, best.inertia(), 200);
    }

    @Test
    void theSameSeedGivesTheSameAndACentreIsAMean() {
        int[] truth = new int[200];
        float[][] points = separated(200, truth, 2);
        KMeans a = KMeans.fit(points, 9, 50, 3);
        KMeans b = KMeans.fit(points, 9, 50, 3);
        assertArrayEquals(a.clusters(), b.clusters());
        assertEquals(a.inertia(), b.inertia());
        assertTrue(a.iterations() < 50, "settled after " + a.iterations());
        double sum = 0;
        for (int c = 0; c < 9; c++) {
            int cluster = c;
            double[] mean = IntStream.range(0, 200).filter(i -> a.clusters()[i] == cluster).mapToObj(i -> points[i]).collect(() -> new double[3],
                    (s, p) -> {
                        s[0] += p[0];
                        s[1] += p[1];
                        s[2]++;
                    }, (x, y) -> { });
            assertTrue(mean[2] > 0, "no cluster is empty");
            assertEquals(mean[0] / mean[2], a.centres()[c][0], 1e-9);
            for (int i = 0; i < 200; i++) {
                sum += a.clusters()[i] == c ? KMeans.distance(points[i], a.centres()[c]) : 0;
            }
        }
        assertEquals(sum, a.inertia(), 1e-9 * sum);
    }

    @Test
    void moreClustersThanRowsAreRefusedAndEqualPointsAreNot() {
        float[][] equal = new float[5][3];
        assertEquals(0, KMeans.fit(equal, 3, 50, 1).inertia());
        assertArrayEquals(new int[] {0, 1, 2}, IntStream.of(KMeans.fit(new float[][] {{0}, {5}, {9}}, 3, 50, 1).clusters()).sorted().toArray());
        UserException e = assertThrows(UserException.class, () -> KMeans.fit(equal, 6, 50, 1));
        assertTrue(e.getMessage().contains("6 clusters of 5 rows"), e.getMessage());
    }

    @Test
    void quotasAddUp() {
        SplittableRandom random = new SplittableRandom(4);
        for (int round = 0; round < 300; round++) {
            int[] sizes = random.ints(1 + random.nextInt(8), 0, 12).toArray();
            int all = Arrays.stream(sizes).sum();
            int n = all == 0 ? 0 : random.nextInt(all + 1);
            for (Diversity.Quota q : Diversity.Quota.values()) {
                int[] quotas = all == 0 ? new int[sizes.length] : Diversity.quotas(sizes, n, q);
                assertEquals(n, Arrays.stream(quotas).sum());
                for (int c = 0; c < sizes.length; c++) {
                    assertTrue(quotas[c] >= 0 && quotas[c] <= sizes[c], q + " " + Arrays.toString(sizes) + " " + n + " " + Arrays.toString(quotas));
                    assertTrue(all == 0 || q == Diversity.Quota.EQUAL || Math.abs(quotas[c] - (double) n * sizes[c] / all) < 1, "within one of the share");
                }
            }
        }
        assertArrayEquals(new int[] {2, 1, 7}, Diversity.quotas(new int[] {2, 1, 20}, 10, Diversity.Quota.EQUAL));
        assertArrayEquals(new int[] {4, 4, 2}, Diversity.quotas(new int[] {20, 20, 10}, 10, Diversity.Quota.PROPORTIONAL));
    }

    /**
     * Two of four rows drawn without replacement with probability ∝ exp(quality/temperature): 4,000 seeds against the exact probability of each of the six pairs. χ² with five
     * degrees of freedom stays below 20.5 with probability 0.999.
     */
    @Test
    void theLawOfDrawsIsThatOfASoftmaxWithoutReplacement() {
        double[] quality = {0, 1, 0.5, -1};
        double temperature = 0.7;
        List<Candidate> rows = Rows.ofResponses("a", "b", "c", "d");
        double[] logWeights = Arrays.stream(quality).map(q -> q / temperature).toArray();
        int seeds = 4000;
        int[] seen = new int[16];
        for (int s = 0; s < seeds; s++) {
            boolean[] kept = Diversity.draw(new int[4], new int[] {2}, Diversity.keys(rows, logWeights, s));
            seen[IntStream.range(0, 4).filter(i -> kept[i]).map(i -> 1 << i).sum()]++;
        }
        double[] w = Arrays.stream(quality).map(q -> Math.exp(q / temperature)).toArray();
        double all = Arrays.stream(w).sum();
        double chi = 0;
        for (int i = 0; i < 4; i++) {
            for (int j = i + 1; j < 4; j++) {
                double p = w[i] / all * w[j] / (all - w[i]) + w[j] / all * w[i] / (all - w[j]);
                double d = seen[1 << i | 1 << j] - seeds * p;
                chi += d * d / (seeds * p);
            }
        }
        assertEquals(seeds, Arrays.stream(seen).sum());
        assertTrue(chi < 20.5, "chi squared " + chi);
    }

    /** With one cluster, what is drawn of more rows holds what is drawn of fewer; and the order of rows makes no difference. */
    @Test
    void largerDrawsHoldTheSmaller() {
        List<Candidate> rows = Rows.ofResponses(IntStream.range(0, 30).mapToObj(i -> "word" + i).toArray(String[]::new));
        List<Boolean> few = kept(rows, 8);
        List<Boolean> more = kept(rows, 15);
        for (int i = 0; i < 30; i++) {
            assertTrue(!few.get(i) || more.get(i), "row " + i);
        }
        assertEquals(8, few.stream().filter(k -> k).count());
        List<Candidate> reversed = new java.util.ArrayList<>(rows);
        java.util.Collections.reverse(reversed);
        List<Boolean> back = new java.util.ArrayList<>(kept(reversed, 8));
        java.util.Collections.reverse(back);
        assertEquals(few, back);
    }

    private static List<Boolean> kept(List<Candidate> rows, int n) {
        return new Diversity(new Diversity.Settings(1, n, 0, Diversity.Quota.EQUAL, 1, 7), FLAT, null, null).judge(rows).stream().map(Verdict::kept).toList();
    }

    private static final Embedder FLAT = (rows, stores) -> new float[rows.size()][1];
}
