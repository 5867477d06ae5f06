package org.align4j.recipes.report.internal;

/**
 * A line of a picture, with a band where ends are given.
 *
 * @param label beside its last point
 * @param style 1 … 8: colour, dashes and marks together, so that lines are told apart without colour; 0 for the one that others are compared with
 * @param x     places; points whose value is not a number are left out
 * @param y     values
 * @param low   lower ends; NaN where there are none
 * @param high  upper ends
 * @param shape how it is drawn
 */
public record Curve(String label, int style, double[] x, double[] y, double[] low, double[] high, Shape shape) {
    /** Styles there are. */
    public static final int STYLES = 8;

    /** How a curve is drawn. */
    public enum Shape {
        /** Marks, joined by a line, with a label. */
        JOINED,
        /** Marks with a label. */
        POINTS,
        /** A line alone. */
        LINE
    }

    public Curve {
        if (style < 0 || style > STYLES || y.length != x.length || low.length != x.length || high.length != x.length) {
            throw new IllegalArgumentException("a curve needs a style from 0 to " + STYLES + " and as many values as places, found " + style + " and " + x.length + ", " + y.length);
        }
    }

    /** Whether nothing of it can be drawn. */
    boolean isEmpty() {
        return java.util.Arrays.stream(y).allMatch(Double::isNaN);
    }
}
