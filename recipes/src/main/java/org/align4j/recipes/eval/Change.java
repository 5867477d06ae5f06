package org.align4j.recipes.eval;

/**
 * By how much a figure differs between two models on the same items, with its 95 % interval.
 *
 * @param name          the figure's
 * @param value         the model's less the baseline's
 * @param low           lower end of the interval; NaN where there is none
 * @param high          upper end
 * @param standardError of the difference, the items being paired; NaN where it is not known
 * @param pValue        two-sided, of no difference; NaN where it is not known
 * @param n             items that both have
 * @param direction     1 where more is better, −1 where less is, 0 where neither is
 */
public record Change(String name, double value, double low, double high, double standardError, double pValue, long n, int direction) {

    /** Whether the interval leaves out 0. */
    public boolean certain() {
        return low > 0 || high < 0;
    }

    /** {@code better}, {@code worse}, or nothing where that is not certain or has no meaning. */
    public String verdict() {
        return !certain() || direction == 0 ? "" : value > 0 == direction > 0 ? "better" : "worse";
    }
}
