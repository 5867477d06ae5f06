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
 */
public record Change(String name, double value, double low, double high, double standardError, double pValue, long n) {

    /** Whether the interval leaves out 0. */
    public boolean certain() {
        return low > 0 || high < 0;
    }
}
