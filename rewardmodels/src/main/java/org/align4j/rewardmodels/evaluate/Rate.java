package org.align4j.rewardmodels.evaluate;

/**
 * A share of cases with its 95 % interval by Wilson's score method (Wilson, Probable Inference, 1927), which holds for small numbers and near 0 and 1.
 *
 * @param hits cases that hold, ties as one half each
 * @param n    all cases
 */
public record Rate(double hits, long n) {
    private static final double Z = Interval.NORMAL;

    public Rate {
        if (!(hits >= 0 && hits <= n)) {
            throw new IllegalArgumentException("hits must be from 0 to the number of cases, found " + hits + " of " + n);
        }
    }

    /** hits ÷ n; NaN without cases. */
    public double value() {
        return n == 0 ? Double.NaN : hits / n;
    }

    /** The interval's lower end; NaN without cases. */
    public double low() {
        return n == 0 ? Double.NaN : Math.max(0, centre() - half());
    }

    /** The interval's upper end; NaN without cases. */
    public double high() {
        return n == 0 ? Double.NaN : Math.min(1, centre() + half());
    }

    private double centre() {
        return (value() + Z * Z / (2 * n)) / (1 + Z * Z / n);
    }

    private double half() {
        double p = value();
        return Z / (1 + Z * Z / n) * Math.sqrt(p * (1 - p) / n + Z * Z / (4.0 * n * n));
    }

    /** Counts cases one by one. */
    static final class Count {
        private double hits;
        private long n;

        void add(double hit) {
            hits += hit;
            n++;
        }

        Rate rate() {
            return new Rate(hits, n);
        }
    }
}
