package org.align4j.core.generate.internal;

/**
 * The most probable tokens, found by partitioning like quicksort but into one side alone: time in proportion to the vocabulary, whatever the
 * size of the set.
 */
final class TopSet {
    private final long[] keys;
    private int count;

    TopSet(int vocabulary) {
        keys = new long[vocabulary];
    }

    /** Takes the first {@code n} candidates. Keys order tokens by logit, then by lower id. */
    void load(float[] logits, int from, int[] candidates, int n) {
        for (int i = 0; i < n; i++) {
            // Adding zero makes −0 and 0 one; flipping the lower bits of negative numbers makes their bits ascend as they do.
            int bits = Float.floatToIntBits(logits[from + candidates[i]] + 0f);
            bits ^= bits >> 31 & Integer.MAX_VALUE;
            keys[i] = (long) bits << 32 | Integer.MAX_VALUE - candidates[i];
        }
        count = n;
    }

    /** Tokens in the set. */
    int count() {
        return count;
    }

    /** One of them, in no particular order. */
    int id(int i) {
        return id(keys[i]);
    }

    private static int id(long key) {
        return Integer.MAX_VALUE - (int) key;
    }

    /** Cuts to the k first. */
    void keep(int k) {
        if (k < count) {
            count = firstWith(k, null);
        }
    }

    /**
     * Cuts to the fewest first that hold the fraction p of a weight.
     *
     * @param total that weight; NaN for what the set weighs now
     */
    void keep(float[] weights, double p, double total) {
        if (p < 1) {
            double all = total;
            if (Double.isNaN(all)) {
                all = 0;
                for (int i = 0; i < count; i++) {
                    all += weights[id(keys[i])];
                }
            }
            count = firstWith(p * all, weights);
        }
    }

    /** Moves the fewest first keys that weigh {@code target} to the front and returns how many they are; without weights, each weighs 1. */
    private int firstWith(double target, float[] weights) {
        int lo = 0;
        int hi = count;
        double missing = target;
        while (hi - lo > 1) {
            int m = partition(lo, hi);
            double mass = 0;
            for (int i = lo; i < m; i++) {
                mass += weights == null ? 1 : weights[id(keys[i])];
            }
            double pivot = weights == null ? 1 : weights[id(keys[m])];
            if (mass >= missing) {
                hi = m;
            } else if (mass + pivot >= missing) {
                return m + 1;
            } else {
                missing -= mass + pivot;
                lo = m + 1;
            }
        }
        return Math.min(count, lo + 1);
    }

    /** Larger keys before the pivot, smaller ones after it; returns where the pivot came to stand. */
    private int partition(int lo, int hi) {
        swap(middle(lo, lo + (hi - lo) / 2, hi - 1), hi - 1);
        long pivot = keys[hi - 1];
        int m = lo;
        for (int i = lo; i < hi - 1; i++) {
            if (keys[i] > pivot) {
                swap(i, m++);
            }
        }
        swap(m, hi - 1);
        return m;
    }

    private int middle(int a, int b, int c) {
        if (keys[a] < keys[b]) {
            return keys[b] < keys[c] ? b : keys[a] < keys[c] ? c : a;
        }
        return keys[a] < keys[c] ? a : keys[b] < keys[c] ? c : b;
    }

    private void swap(int i, int j) {
        long t = keys[i];
        keys[i] = keys[j];
        keys[j] = t;
    }
}
