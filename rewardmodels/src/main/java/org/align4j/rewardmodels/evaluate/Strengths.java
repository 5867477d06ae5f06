package org.align4j.rewardmodels.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Accuracy by how strongly annotators preferred one response. */
public final class Strengths {
    private static final int FEW = 5;
    private static final int BUCKETS = 4;

    private Strengths() {}

    /**
     * Pairs of one range of strengths.
     *
     * @param low  least strength in it
     * @param high greatest strength in it
     */
    public record Bucket(double low, double high, Rate accuracy) {}

    /** A bucket for every strength where there are five or fewer, else four of about equal size; nothing where all are the same. Equal strengths stay together. */
    public static List<Bucket> of(List<ScoredItem> items) {
        double[] all = items.stream().flatMapToDouble(i -> i.pairs().stream().mapToDouble(ScoredItem.Pair::strength)).sorted().toArray();
        double[] distinct = Arrays.stream(all).distinct().toArray();
        if (distinct.length < 2) {
            return List.of();
        }
        double[] ends = distinct.length <= FEW ? distinct
                : java.util.stream.IntStream.rangeClosed(1, BUCKETS).mapToDouble(b -> all[(int) ((long) b * all.length / BUCKETS) - 1]).distinct().toArray();
        Rate.Count[] counts = new Rate.Count[ends.length];
        double[] lows = new double[ends.length];
        Arrays.setAll(counts, i -> new Rate.Count());
        Arrays.fill(lows, Double.POSITIVE_INFINITY);
        for (ScoredItem item : items) {
            for (ScoredItem.Pair p : item.pairs()) {
                int b = 0;
                while (p.strength() > ends[b]) {
                    b++;
                }
                counts[b].add(item.hit(p));
                lows[b] = Math.min(lows[b], p.strength());
            }
        }
        List<Bucket> out = new ArrayList<>();
        for (int b = 0; b < ends.length; b++) {
            out.add(new Bucket(lows[b], ends[b], counts[b].rate()));
        }
        return out;
    }
}
