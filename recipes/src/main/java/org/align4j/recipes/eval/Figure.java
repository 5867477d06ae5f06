package org.align4j.recipes.eval;

import java.util.Objects;
import org.align4j.rewardmodels.evaluate.Rate;

/**
 * A measured number with its 95 % interval.
 *
 * @param name           snake_case, unique within one evaluation of one model: {@code exact_match}
 * @param value          the estimate; NaN where it is not defined
 * @param low            lower end of the interval; NaN where there is none
 * @param high           upper end
 * @param standardError  of the estimate; NaN where it is not known
 * @param n              items it rests on
 * @param percent        whether it is a fraction, shown as a percentage
 * @param higherIsBetter whether a rise is an improvement
 */
public record Figure(String name, double value, double low, double high, double standardError, long n, boolean percent, boolean higherIsBetter) {
    public Figure {
        Objects.requireNonNull(name, "name");
    }

    /** A share of items with Wilson's interval. */
    public static Figure rate(String name, Rate rate, boolean higherIsBetter) {
        double p = rate.value();
        return new Figure(name, p, rate.low(), rate.high(), Math.sqrt(p * (1 - p) / rate.n()), rate.n(), true, higherIsBetter);
    }

    /** The same under another name. */
    Figure named(String other) {
        return new Figure(other, value, low, high, standardError, n, percent, higherIsBetter);
    }
}
