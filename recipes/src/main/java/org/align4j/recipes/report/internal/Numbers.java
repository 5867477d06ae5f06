package org.align4j.recipes.report.internal;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers for readers. */
public final class Numbers {
    private Numbers() {
    }

    /** Four significant digits; whole numbers whole and with separated thousands; very large and very small ones with an exponent. */
    public static String of(double v) {
        if (!Double.isFinite(v)) {
            return Double.isNaN(v) ? "–" : v > 0 ? "∞" : "−∞";
        }
        double a = Math.abs(v);
        if (a == 0) {
            return "0";
        }
        if (v == Math.rint(v) && a < 1e15) {
            return minus(String.format(Locale.ROOT, "%,d", (long) v));
        }
        if (a < 1e-3 || a >= 1e7) {
            return minus(exponent(new BigDecimal(v).round(new MathContext(3))));
        }
        BigDecimal rounded = new BigDecimal(v).round(new MathContext(4));
        return minus(String.format(Locale.ROOT, "%," + "." + Math.max(0, rounded.stripTrailingZeros().scale()) + "f", rounded));
    }

    /** With a fixed number of decimals. */
    public static String fixed(double v, int decimals) {
        return Double.isFinite(v) ? minus(String.format(Locale.ROOT, "%,." + decimals + "f", v)) : of(v);
    }

    /** Seconds as 42 s, 3 min 5 s, 2 h 10 min. */
    public static String duration(double seconds) {
        if (!(seconds >= 0) || Double.isInfinite(seconds)) {
            return "–";
        }
        if (seconds < 60) {
            return fixed(seconds, seconds < 10 ? 1 : 0) + " s";
        }
        long s = Math.round(seconds);
        return s < 3600 ? s / 60 + " min " + s % 60 + " s" : s / 3600 + " h " + s / 60 % 60 + " min";
    }

    private static String exponent(BigDecimal v) {
        int exponent = v.precision() - v.scale() - 1;
        BigDecimal mantissa = v.movePointLeft(exponent).stripTrailingZeros();
        return mantissa.toPlainString() + "e" + exponent;
    }

    private static String minus(String s) {
        return s.startsWith("-") ? "\u2212" + s.substring(1) : s;
    }
}
