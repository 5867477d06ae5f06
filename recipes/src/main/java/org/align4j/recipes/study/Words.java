package org.align4j.recipes.study;

import java.util.Locale;
import org.align4j.recipes.report.internal.Numbers;
import org.align4j.rewardmodels.evaluate.Interval;

/** Numbers of a study for readers. */
final class Words {
    private Words() {}

    /** A mean with its interval: {@code 54.0 % ± 2.1}. */
    static String value(Grid grid, Interval v) {
        if (Double.isNaN(v.value())) {
            return "–";
        }
        return number(grid, v.value()) + (Double.isNaN(v.half()) ? "" : " ± " + bare(grid, v.half())) + (grid.percent() ? " %" : "");
    }

    /** One value: {@code 54.0 %}. */
    static String value(Grid grid, double v) {
        return number(grid, v) + (grid.percent() && !Double.isNaN(v) ? " %" : "");
    }

    /** A difference of two values with its ends: {@code 3.2 points (95 %: 1.1 to 5.3)}. */
    static String difference(Grid grid, Interval v) {
        return number(grid, v.value()) + (grid.percent() ? " points" : "") + (Double.isNaN(v.low()) ? "" : " (95 %: " + number(grid, v.low()) + " to " + number(grid, v.high()) + ")");
    }

    /** Both ends: {@code 51.9 % to 56.1 %}. */
    static String ends(Grid grid, Interval v) {
        return value(grid, v.low()) + " to " + value(grid, v.high());
    }

    private static String number(Grid grid, double v) {
        return Double.isNaN(v) ? "–" : bare(grid, v);
    }

    private static String bare(Grid grid, double v) {
        return grid.percent() ? Numbers.fixed(100 * v, 1) : Numbers.fixed(v, Math.abs(v) >= 100 ? 1 : 3);
    }

    /** A probability; what two thousand draws cannot tell from 0 or 1 is not called so. */
    static String chance(double p) {
        return Double.isNaN(p) ? "unknown" : p < 0.01 ? "below 1 %" : p > 0.99 ? "above 99 %" : Math.round(100 * p) + " %";
    }

    static String share(double v) {
        return Numbers.fixed(100 * v, 0) + " %";
    }

    /** A count, or money. */
    static String amount(double v) {
        return v == Math.rint(v) ? Numbers.of(v) : String.format(Locale.ROOT, "%,.1f", v);
    }
}
