package org.align4j.rewardmodels.evaluate;

import java.util.Arrays;

/**
 * A number with its 95 % interval. The ends are NaN where there is too little to tell.
 *
 * @param value the estimate
 * @param low   the interval's lower end
 * @param high  its upper end
 */
public record Interval(double value, double low, double high) {
    /** The 97.5 % point of the normal distribution. */
    public static final double NORMAL = 1.959963984540054;

    /**
     * The mean of independent values with its interval by Student's t: x̄ ± t(0.975, n − 1) · s ÷ √n, s² with n − 1
     * (<a href="https://doi.org/10.1093/biomet/6.1.1">Student, 1908</a>). For a few seeds or runs; for many items {@link Bootstrap} asks nothing of their law.
     *
     * @throws IllegalArgumentException without values
     */
    public static Interval ofMean(double... values) {
        int n = values.length;
        if (n == 0) {
            throw new IllegalArgumentException("a mean needs at least one value, found none");
        }
        double mean = Arrays.stream(values).sum() / n;
        double half = n < 2 ? Double.NaN : StudentT.quantile(0.975, n - 1) * Math.sqrt(variance(values) / n);
        return new Interval(mean, mean - half, mean + half);
    }

    /** Σ (x − x̄)² ÷ (n − 1); NaN for fewer than two values. */
    public static double variance(double... values) {
        double mean = Arrays.stream(values).sum() / values.length;
        return Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / (values.length < 2 ? Double.NaN : values.length - 1);
    }

    /** Half the width, for x ± half. */
    public double half() {
        return (high - low) / 2;
    }

    /** All three times a factor of 0 or more: 100 makes percent of shares. */
    public Interval times(double factor) {
        if (!(factor >= 0)) {
            throw new IllegalArgumentException("the factor must be 0 or more, found " + factor);
        }
        return new Interval(value * factor, low * factor, high * factor);
    }

    /** Whether the number lies in it, ends included. */
    public boolean contains(double number) {
        return low <= number && number <= high;
    }
}
