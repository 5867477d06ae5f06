package org.align4j.rewardmodels.evaluate;

/**
 * How much more one model has than another on the same items, by the mean of a metric. What items have in common, being hard or easy, does not widen the interval.
 *
 * @param difference    mean of a less mean of b, with its 95 % interval by the bootstrap over items
 * @param standardError by the same
 * @param pValue        two-sided, of no difference, by the same
 * @param items         how many
 */
public record PairedDifference(Interval difference, double standardError, double pValue, long items) {

    /**
     * Of two models' metrics, item by item.
     *
     * @throws IllegalArgumentException without items, or when one of the two has more
     */
    public static PairedDifference of(double[] a, double[] b, Bootstrap bootstrap) {
        if (a.length != b.length || a.length == 0) {
            throw new IllegalArgumentException("both models need a number for each of one or more items, found " + a.length + " and " + b.length);
        }
        double[] differences = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            differences[i] = a[i] - b[i];
        }
        Bootstrap.Distribution mean = bootstrap.ofMean(differences);
        return new PairedDifference(mean.interval(), mean.standardError(), mean.pValue(), a.length);
    }
}
