package org.align4j.rewardmodels.selection;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.align4j.core.train.Streams;

/**
 * Signatures of sets whose agreement estimates their Jaccard similarity: Broder, <a href="https://doi.org/10.1109/SEQUEN.1997.666900">On the resemblance and
 * containment of documents</a> (1997). Two signatures of m minima agree in a share of places with mean J and variance J(1 − J)/m.
 */
public final class MinHash {
    private final long[] salts;

    /**
     * @param minima values of a signature, at least 1; 128 make a standard error of at most 0.045
     */
    public MinHash(int minima, long seed) {
        if (minima < 1) {
            throw new IllegalArgumentException("A signature needs at least 1 minimum, found " + minima);
        }
        RandomGenerator random = Streams.of(seed, "minhash", 0);
        salts = random.longs(minima).toArray();
    }

    /** The signature of a set of shingles; that of the empty set has the greatest value everywhere. */
    public long[] signature(long[] shingles) {
        long[] minima = new long[salts.length];
        Arrays.fill(minima, Long.MAX_VALUE);
        for (long s : shingles) {
            for (int k = 0; k < minima.length; k++) {
                minima[k] = Math.min(minima[k], Shingles.mix(s ^ salts[k]));
            }
        }
        return minima;
    }

    /** The share of places where two signatures agree. */
    public static double similarity(long[] a, long[] b) {
        int same = 0;
        for (int i = 0; i < a.length; i++) {
            same += a[i] == b[i] ? 1 : 0;
        }
        return (double) same / a.length;
    }

    /**
     * How many minima make a band, so that two sets whose similarity is the threshold share at least one of ⌊m/r⌋ bands with a probability of {@code recall} or more:
     * the largest r with 1 − (1 − t^r)^⌊m/r⌋ ≥ recall, at least 1. The larger r is, the fewer pairs below the threshold meet.
     */
    public static int bandRows(int minima, double threshold, double recall) {
        int best = 1;
        for (int r = 2; r <= minima; r++) {
            if (1 - Math.pow(1 - Math.pow(threshold, r), minima / r) >= recall) {
                best = r;
            }
        }
        return best;
    }
}
