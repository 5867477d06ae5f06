package org.align4j.rewardmodels.evaluate;

/**
 * McNemar's exact test of two models that are each right or wrong on the same items (<a href="https://doi.org/10.1007/BF02295996">McNemar, 1947</a>): were they equally good, either would
 * be the one that is right on half of the items where only one is.
 *
 * @param onlyFirst  items on which only the first model is right
 * @param onlySecond items on which only the second is
 */
public record McNemar(long onlyFirst, long onlySecond) {
    public McNemar {
        if (onlyFirst < 0 || onlySecond < 0) {
            throw new IllegalArgumentException("counts must be 0 or more, found " + onlyFirst + " and " + onlySecond);
        }
    }

    /** Of outcomes that are 0 or 1. */
    public static McNemar of(double[] first, double[] second) {
        if (first.length != second.length) {
            throw new IllegalArgumentException("both models need an outcome for each item, found " + first.length + " and " + second.length);
        }
        long one = 0;
        long other = 0;
        for (int i = 0; i < first.length; i++) {
            if (first[i] != 0 && first[i] != 1 || second[i] != 0 && second[i] != 1) {
                throw new IllegalArgumentException("outcomes must be 0 or 1, found " + first[i] + " and " + second[i]);
            }
            one += first[i] > second[i] ? 1 : 0;
            other += first[i] < second[i] ? 1 : 0;
        }
        return new McNemar(one, other);
    }

    /** Two-sided: min(1, 2 · P(X ≤ the smaller count)) with X binomial of n = onlyFirst + onlySecond and ½; 1 where n is 0. */
    public double pValue() {
        long n = onlyFirst + onlySecond;
        double sum = 0;
        for (long k = 0; k <= Math.min(onlyFirst, onlySecond); k++) {
            sum += Math.exp(StudentT.logGamma(n + 1.0) - StudentT.logGamma(k + 1.0) - StudentT.logGamma(n - k + 1.0) - n * Math.log(2));
        }
        return Math.min(1, 2 * sum);
    }
}
