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

    /** What lies between two lines over the same places. */
    Frame area(String style, double[] xs, double[] low, double[] high) {
        StringBuilder d = new StringBuilder();
        for (int i = 0; i < xs.length; i++) {
            d.append(i == 0 ? "M" : "L").append(at(x(xs[i]))).append(' ').append(at(y(high[i])));
        }
        for (int i = xs.length - 1; i >= 0; i--) {
            d.append("L").append(at(x(xs[i]))).append(' ').append(at(y(low[i])));
        }
        html.raw("<path class=\"" + style + "\" d=\"" + d + "Z\"/>");
        return this;
    }

    /** A mark whose form depends on a number: disc, square, triangle, diamond, ring, empty square, empty triangle, cross. */
    Frame mark(String style, int form, double cx, double cy, double size, String title) {
        shape(style, form, x(cx), y(cy), size, title);
        return this;
    }

    /** The same at a place in pixels. */
    Frame markAt(String style, int form, double px, double py, double size) {
        shape(style, form, px, py, size, "");
        return this;
    }

    private void shape(String style, int form, double px, double py, double s, String title) {
        double h = s * 0.9;
        String d = switch (form % 9) {
            case 2, 6 -> "M" + at(px - h) + " " + at(py - h) + "h" + at(2 * h) + "v" + at(2 * h) + "h" + at(-2 * h) + "Z";
            case 3, 7 -> "M" + at(px) + " " + at(py - 1.2 * s) + "L" + at(px + 1.2 * s) + " " + at(py + s) + "L" + at(px - 1.2 * s) + " " + at(py + s) + "Z";
            case 4 -> "M" + at(px) + " " + at(py - 1.3 * s) + "L" + at(px + 1.3 * s) + " " + at(py) + "L" + at(px) + " " + at(py + 1.3 * s) + "L" + at(px - 1.3 * s) + " " + at(py) + "Z";
            case 8 -> "M" + at(px - s) + " " + at(py - s) + "L" + at(px + s) + " " + at(py + s) + "M" + at(px - s) + " " + at(py + s) + "L" + at(px + s) + " " + at(py - s);
            default -> "M" + at(px - s) + " " + at(py) + "a" + at(s) + " " + at(s) + " 0 1 0 " + at(2 * s) + " 0a" + at(s) + " " + at(s) + " 0 1 0 " + at(-2 * s) + " 0Z";
        };
        html.raw("<path class=\"mark" + (form >= 5 ? " open " : " ") + style + "\" d=\"" + d + "\"");
        html.raw(title.isEmpty() ? "/>" : "><title>" + Html.escape(title) + "</title></path>");
    }

    /** Text at a place in pixels. */
    Frame words(double px, double py, String text) {
        html.raw("<text class=\"tick\" x=\"" + at(px) + "\" y=\"" + at(py) + "\">").text(text).raw("</text>");
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
