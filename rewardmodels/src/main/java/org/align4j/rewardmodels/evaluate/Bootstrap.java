package org.align4j.rewardmodels.evaluate;

import java.util.Arrays;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.align4j.core.train.Streams;

/**
 * The bootstrap with percentile intervals (<a href="https://doi.org/10.1214/aos/1176344552">Efron, 1979</a>): n items are drawn from the n with replacement, again and
 * again, and the statistic is taken of each draw. Same seed, same draws; draw i is the same whatever the number of draws.
 *
 * @param draws how many, at least 2; 1,000 is usual
 * @param seed  of the random draws
 */
public record Bootstrap(int draws, long seed) {
    private static final double TAIL = 0.025;

    public Bootstrap {
        if (draws < 2) {
            throw new IllegalArgumentException("a bootstrap needs at least 2 draws, found " + draws);
        }
    }

    /** A thousand draws of a seed. */
    public static Bootstrap of(long seed) {
        return new Bootstrap(1000, seed);
    }

    /**
     * A statistic and what it was for every draw.
     *
     * @param value  of the items as they are
     * @param values of the draws in increasing order; draws for which it is NaN, not being defined, are left out
     */
    public record Distribution(double value, double[] values) {

        /** From the 2.5 % to the 97.5 % point of the draws; NaN with fewer than two. */
        public Interval interval() {
            return new Interval(value, quantile(TAIL), quantile(1 - TAIL));
        }

        /**
         * The basic interval, 2 v − q(97.5 %) to 2 v − q(2.5 %): for a statistic whose draws lie off the value to one side, as those of a mean of absolute differences do
         * (Davison and Hinkley, Bootstrap Methods and their Application, 1997, 5.2).
         */
        public Interval basic() {
            return new Interval(value, 2 * value - quantile(1 - TAIL), 2 * value - quantile(TAIL));
        }

        /** Standard deviation over the draws. */
        public double standardError() {
            return Math.sqrt(Interval.variance(values));
        }

        /**
         * Two-sided p value of "it is 0": twice the smaller share of draws at or beyond 0, one being counted in addition, at most 1: (k + 1) ÷ (draws + 1).
         */
        public double pValue() {
            long below = Arrays.stream(values).filter(v -> v <= 0).count();
            long above = Arrays.stream(values).filter(v -> v >= 0).count();
            return values.length < 2 ? Double.NaN : Math.min(1, 2.0 * (Math.min(below, above) + 1) / (values.length + 1));
        }

        private double quantile(double p) {
            return values.length < 2 ? Double.NaN : Bootstrap.quantile(values, p);
        }
    }

    /**
     * The distribution of a statistic.
     *
     * @param items     how many there are, at least 1
     * @param statistic of items given by index, possibly several times each
     */
    public Distribution of(int items, ToDoubleFunction<int[]> statistic) {
        double[][] all = vectors(items, draw -> new double[] {statistic.applyAsDouble(draw)});
        return new Distribution(statistic.applyAsDouble(IntStream.range(0, items).toArray()), sorted(all, 0));
    }

    /** The distribution of the mean. */
    public Distribution ofMean(double... values) {
        return of(values.length, draw -> {
            double sum = 0;
            for (int i : draw) {
                sum += values[i];
            }
            return sum / draw.length;
        });
    }

    /** A statistic of several numbers for every draw, in the order of the draws. The array of indices is used again: it must not be kept. */
    public double[][] vectors(int items, Function<int[], double[]> statistic) {
        if (items < 1) {
            throw new IllegalArgumentException("a bootstrap needs at least 1 item, found " + items);
        }
        double[][] out = new double[draws][];
        int[] draw = new int[items];
        for (int d = 0; d < draws; d++) {
            RandomGenerator random = Streams.of(seed, "bootstrap", d);
            for (int i = 0; i < items; i++) {
                draw[i] = random.nextInt(items);
            }
            out[d] = statistic.apply(draw);
        }
        return out;
    }

    /** One number of {@link #vectors} in increasing order, NaN left out. */
    public static double[] sorted(double[][] vectors, int index) {
        return Arrays.stream(vectors).mapToDouble(v -> v[index]).filter(v -> !Double.isNaN(v)).sorted().toArray();
    }

    /** The p quantile of values in increasing order, in a straight line between neighbours (definition 7 of Hyndman and Fan, 1996). */
    public static double quantile(double[] sorted, double p) {
        double at = p * (sorted.length - 1);
        int low = (int) at;
        int high = Math.min(sorted.length - 1, low + 1);
        if (sorted[low] == sorted[high] || Double.isInfinite(sorted[low])) {
            return sorted[low];
        }
        return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
    }
}
