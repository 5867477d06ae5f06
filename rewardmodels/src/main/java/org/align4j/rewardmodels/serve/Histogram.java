package org.align4j.rewardmodels.serve;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;

/** Counts observations in buckets with fixed upper bounds, and their sum. For many threads. */
public final class Histogram {
    private final double[] bounds;
    private final AtomicLongArray counts;
    private final DoubleAdder sum = new DoubleAdder();

    /** @param bounds upper bounds, included, ascending; what is greater than the last counts as well */
    public Histogram(double... bounds) {
        for (int i = 1; i < bounds.length; i++) {
            if (!(bounds[i] > bounds[i - 1])) {
                throw new IllegalArgumentException("Bounds must ascend, found " + Arrays.toString(bounds));
            }
        }
        this.bounds = bounds.clone();
        this.counts = new AtomicLongArray(bounds.length + 1);
    }

    /** From a tenth of a millisecond to about a minute, doubling. */
    static Histogram seconds() {
        double[] b = new double[20];
        for (int i = 0; i < b.length; i++) {
            b[i] = 0.0001 * (1 << i);
        }
        return new Histogram(b);
    }

    /** Powers of two from 1 to 2^n. */
    static Histogram sizes(int n) {
        double[] b = new double[n + 1];
        for (int i = 0; i <= n; i++) {
            b[i] = 1L << i;
        }
        return new Histogram(b);
    }

    public void add(double value) {
        int i = Arrays.binarySearch(bounds, value);
        counts.incrementAndGet(i < 0 ? -i - 1 : i);
        sum.add(value);
    }

    public double[] bounds() {
        return bounds.clone();
    }

    /** Observations at or below each bound, and last the number of all. */
    public long[] cumulative() {
        long[] c = new long[counts.length()];
        long n = 0;
        for (int i = 0; i < c.length; i++) {
            n += counts.get(i);
            c[i] = n;
        }
        return c;
    }

    public double sum() {
        return sum.sum();
    }
}
