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
        return n == 0 ? Double.NaN : wilson(value(), n).low();
    }

    /** The interval's upper end; NaN without cases. */
    public double high() {
        return n == 0 ? Double.NaN : wilson(value(), n).high();
    }

    /**
     * Wilson's interval of a share that is worth n independent cases; n need not be whole, being less than their count where cases go together.
     *
     * @throws IllegalArgumentException for a share outside of 0 to 1, or n of 0 or less
     */
    public static Interval wilson(double share, double n) {
        if (!(share >= 0 && share <= 1 && n > 0)) {
            throw new IllegalArgumentException("a share from 0 to 1 of more than 0 cases is needed, found " + share + " of " + n);
        }
        double centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n);
        double half = Z / (1 + Z * Z / n) * Math.sqrt(share * (1 - share) / n + Z * Z / (4.0 * n * n));
        return new Interval(share, Math.max(0, centre - half), Math.min(1, centre + half));
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
