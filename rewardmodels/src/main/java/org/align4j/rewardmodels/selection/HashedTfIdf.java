package org.align4j.rewardmodels.selection;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Words as features, without a model. A word's weight is (1 + ln count)·(1 + ln((1 + N)/(1 + n))), N the rows and n those that have it; it is added to one of {@code width}
 * places with a sign, both given by its hash, so that the product of two vectors is that of the unhashed ones on average: Weinberger et al.,
 * <a href="https://arxiv.org/abs/0902.2206">Feature Hashing for Large Scale Multitask Learning</a> (2009).
 */
public record HashedTfIdf(Part part, int width) implements Embedder {
    public HashedTfIdf {
        Objects.requireNonNull(part, "part");
        if (width < 1) {
            throw new IllegalArgumentException("A vector needs at least 1 place, found " + width);
        }
    }

    @Override
    public float[][] embed(List<Candidate> rows, SelectionStores stores) {
        Shingles words = new Shingles(Shingles.Kind.WORDS, 1);
        Map<Long, Integer> having = new HashMap<>();
        long[][] items = new long[rows.size()][];
        for (int i = 0; i < items.length; i++) {
            items[i] = words.items(rows.get(i).text(part));
            Arrays.stream(items[i]).distinct().forEach(w -> having.merge(w, 1, Integer::sum));
        }
        return Arrays.stream(items).map(row -> vector(row, having, rows.size())).toArray(float[][]::new);
    }

    private float[] vector(long[] items, Map<Long, Integer> having, int rows) {
        float[] v = new float[width];
        long[] sorted = items.clone();
        Arrays.sort(sorted);
        for (int from = 0; from < sorted.length;) {
            int to = from;
            while (to < sorted.length && sorted[to] == sorted[from]) {
                to++;
            }
            double weight = (1 + Math.log(to - from)) * (1 + Math.log((1.0 + rows) / (1 + having.get(sorted[from]))));
            v[(int) Math.floorMod(sorted[from], (long) width)] += (float) ((Shingles.mix(sorted[from]) & 1) == 0 ? weight : -weight);
            from = to;
        }
        Embedder.normalise(v);
        return v;
    }
}
