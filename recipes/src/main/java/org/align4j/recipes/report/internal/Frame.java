package org.align4j.recipes.report.internal;

import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/** A picture with two axes as inline SVG; colours come from the page's style sheet. */
final class Frame {
    static final int W = 520;
    static final int RIGHT = 28;
    static final int TOP = 10;
    static final int BOTTOM = 48;

    private final Html html;
    private final int height;
    private final int left;
    private final double xLow;
    private final double xHigh;
    private final double yLow;
    private final double yHigh;

    /** Begins a picture whose axes go from low to high. */
    Frame(Html html, String title, int height, int left, double xLow, double xHigh, double yLow, double yHigh) {
        this.html = html;
        this.height = height;
        this.left = left;
        this.xLow = xLow;
        this.xHigh = xHigh > xLow ? xHigh : xLow + 1;
        this.yLow = yLow;
        this.yHigh = yHigh > yLow ? yHigh : yLow + 1;
        html.raw("<svg viewBox=\"0 0 " + W + " " + height + "\" role=\"img\" aria-label=\"" + Html.escape(title) + "\">");
    }

    double x(double v) {
        return left + (v - xLow) / (xHigh - xLow) * (W - RIGHT - left);
    }

    double y(double v) {
        return height - BOTTOM - (v - yLow) / (yHigh - yLow) * (height - BOTTOM - TOP);
    }

    /** Lines across at round values, with their numbers. */
    Frame gridY(List<Double> ticks, DoubleFunction<String> words) {
        for (double t : ticks) {
            line("grid", xLow, t, xHigh, t);
            html.raw("<text class=\"tick\" text-anchor=\"end\" x=\"" + (left - 7) + "\" y=\"" + at(y(t) + 5) + "\">" + words.apply(t) + "</text>");
        }
        return this;
    }

    /** Numbers under the lower axis, with lines where wanted; what the axis is. */
    Frame axisX(List<Double> ticks, DoubleFunction<String> words, boolean lines, String label) {
        for (double t : ticks) {
            if (lines) {
                line("grid", t, yLow, t, yHigh);
            }
            html.raw("<text class=\"tick\" text-anchor=\"middle\" x=\"" + at(x(t)) + "\" y=\"" + (height - BOTTOM + 19) + "\">" + words.apply(t) + "</text>");
        }
        html.raw("<line class=\"axis\" x1=\"" + left + "\" x2=\"" + (W - RIGHT) + "\" y1=\"" + (height - BOTTOM) + "\" y2=\"" + (height - BOTTOM) + "\"/>");
        html.raw("<text class=\"tick\" text-anchor=\"end\" x=\"" + (W - RIGHT) + "\" y=\"" + (height - 6) + "\">").text(label).raw("</text>");
        return this;
    }

    /** A line between two points. */
    Frame line(String style, double x1, double y1, double x2, double y2) {
        html.raw("<line class=\"" + style + "\" x1=\"" + at(x(x1)) + "\" y1=\"" + at(y(y1)) + "\" x2=\"" + at(x(x2)) + "\" y2=\"" + at(y(y2)) + "\"/>");
        return this;
    }

    /** A filled box between two corners. */
    Frame box(String style, double x1, double y1, double x2, double y2, String title) {
        double top = Math.min(y(y1), y(y2));
        html.raw("<rect class=\"" + style + "\" x=\"" + at(x(x1) + 0.5) + "\" y=\"" + at(top) + "\" width=\"" + at(Math.max(0.5, x(x2) - x(x1) - 1)) + "\" height=\""
                + at(Math.abs(y(y1) - y(y2))) + "\"><title>" + Html.escape(title) + "</title></rect>");
        return this;
    }

    /** A dot; without a title where that is empty. */
    Frame dot(String style, double cx, double cy, double radius, String title) {
        html.raw("<circle class=\"" + style + "\" r=\"" + at(radius) + "\" cx=\"" + at(x(cx)) + "\" cy=\"" + at(y(cy)) + "\"");
        html.raw(title.isEmpty() ? "/>" : "><title>" + Html.escape(title) + "</title></circle>");
        return this;
    }

    /** A line through points. */
    Frame path(String style, double[] xs, double[] ys) {
        StringBuilder d = new StringBuilder();
        for (int i = 0; i < xs.length; i++) {
            d.append(i == 0 ? "M" : "L").append(at(x(xs[i]))).append(' ').append(at(y(ys[i])));
        }
        html.raw("<path class=\"" + style + "\" d=\"" + d + "\"/>");
        return this;
    }

    /** Text to the left of the axis at a height, or at a place in pixels. */
    Frame label(double pixelX, double atY, String anchor, String text) {
        html.raw("<text class=\"tick\" text-anchor=\"" + anchor + "\" x=\"" + at(pixelX) + "\" y=\"" + at(y(atY) + 5) + "\">").text(text).raw("</text>");
        return this;
    }

    void close() {
        html.raw("</svg>");
    }

    static String at(double v) {
        return String.format(Locale.ROOT, "%.1f", v);
    }

    static String percent(double v) {
        return Math.round(100 * v) + " %";
    }
}
