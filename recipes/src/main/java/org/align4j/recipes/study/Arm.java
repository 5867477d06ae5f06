package org.align4j.recipes.study;

import java.math.BigDecimal;

/**
 * A way of spending a budget: a split, and what learns from the preferences.
 *
 * @param ratio  share spent on demonstrations
 * @param method {@link StudySubject#SFT} at ratio 1
 */
record Arm(double ratio, String method) {

    boolean alone() {
        return ratio == 1;
    }

    /** Such as {@code 25 % demonstrations, dpo}. */
    String words() {
        return alone() ? "demonstrations alone" : ratio == 0 ? "preferences alone, " + method : share(ratio) + " demonstrations, " + method;
    }

    /** A share as a percentage with the digits it needs; a dash for one that the grid does not have. */
    static String share(double ratio) {
        return Double.isNaN(ratio) ? "–" : BigDecimal.valueOf(ratio).movePointRight(2).stripTrailingZeros().toPlainString() + " %";
    }
}
