package org.align4j.rewardmodels.sampling;

import java.util.Arrays;

/**
 * What rewards are turned into before they meet a threshold, as ReST does (Gulcehre et al., <a href="https://arxiv.org/abs/2308.08998">2023</a>), so
 * that a threshold such as 0.7 means the same for every reward.
 */
public enum Normalization {
    /** As they are. */
    NONE,
    /** (r − min)/(max − min), in [0, 1]; 0 where all are equal: none of them stands out. */
    MIN_MAX,
    /** (r − mean)/standard deviation (of the population); 0 where all are equal. */
    Z_SCORE,
    /** The share of the other rewards that are lower, equal ones counted half, in [0, 1]; ½ where there is no other. */
    PERCENTILE;

    /** The rewards normalised among each other. */
    public double[] of(double[] rewards) {
        Rewards.require(rewards);
        return switch (this) {
            case NONE -> rewards.clone();
            case MIN_MAX -> minMax(rewards);
            case Z_SCORE -> zScore(rewards);
            case PERCENTILE -> percentile(rewards);
        };
    }

    private static double[] minMax(double[] r) {
        double min = Arrays.stream(r).min().orElseThrow();
        double max = Arrays.stream(r).max().orElseThrow();
        return Arrays.stream(r).map(v -> max == min ? 0 : (v - min) / (max - min)).toArray();
    }

    private static double[] zScore(double[] r) {
        double mean = Arrays.stream(r).average().orElseThrow();
        double deviation = Math.sqrt(Arrays.stream(r).map(v -> (v - mean) * (v - mean)).average().orElseThrow());
        return Arrays.stream(r).map(v -> deviation == 0 ? 0 : (v - mean) / deviation).toArray();
    }

    private static double[] percentile(double[] r) {
        if (r.length == 1) {
            return new double[] {0.5};
        }
        double[] sorted = r.clone();
        Arrays.sort(sorted);
        return Arrays.stream(r).map(v -> {
            int below = first(sorted, v, false);
            int equal = first(sorted, v, true) - below - 1;
            return (below + 0.5 * equal) / (r.length - 1);
        }).toArray();
    }

    /** Index of the first value that is not below {@code v}, or the first above it. */
    private static int first(double[] sorted, double v, boolean above) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int mid = (low + high) >>> 1;
            if (sorted[mid] < v || above && sorted[mid] == v) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
        return low;
    }
}
