package org.align4j.recipes.report.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A line chart as inline SVG; colours come from the page's style sheet. */
public final class LineChart {
    private static final int W = 520;
    private static final int H = 260;
    private static final int LEFT = 72;
    private static final int RIGHT = 30;
    private static final int TOP = 10;
    private static final int BOTTOM = 44;
    private static final int MANY = 80;

    private final String title;
    private final List<Line> lines = new ArrayList<>();

    private record Line(String label, int colour, boolean evaluation, Series series) {
    }

    public LineChart(String title) {
        this.title = title;
    }

    /** Adds a series; one without points is left out. */
    public void add(String label, int colour, boolean evaluation, Series series) {
        if (!series.isEmpty()) {
            lines.add(new Line(label, colour, evaluation, series));
        }
    }

    public boolean isEmpty() {
        return lines.isEmpty();
    }

    public void write(Html html) {
        html.raw("<figure class=\"chart\"><figcaption>").element("b", title).raw("<span class=\"legend\">");
        for (Line l : lines) {
            html.raw("<span><i class=\"s" + l.colour() + (l.evaluation() ? " eval" : "") + "\"></i>").text(l.label() + " ")
                    .element("em", Numbers.of(round(l.series().last()))).raw("</span> ");
        }
        html.raw("</span></figcaption>");
        svg(html);
        int skipped = lines.stream().mapToInt(l -> l.series().skipped()).sum();
        if (skipped > 0) {
            html.element("p class=\"warn small\"", skipped + (skipped == 1 ? " value is" : " values are") + " not a finite number and not drawn.");
        }
        html.raw("</figure>\n");
    }

    private void svg(Html html) {
        double xLow = Double.POSITIVE_INFINITY;
        double xHigh = Double.NEGATIVE_INFINITY;
        double yLow = Double.POSITIVE_INFINITY;
        double yHigh = Double.NEGATIVE_INFINITY;
        for (Line l : lines) {
            for (int i = 0; i < l.series().x().length; i++) {
                xLow = Math.min(xLow, l.series().x()[i]);
                xHigh = Math.max(xHigh, l.series().x()[i]);
                yLow = Math.min(yLow, l.series().y()[i]);
                yHigh = Math.max(yHigh, l.series().y()[i]);
            }
        }
        double pad = yHigh > yLow ? (yHigh - yLow) * 0.06 : Math.max(Math.abs(yHigh) * 0.1, 1e-12);
        // A quantity that is never negative keeps its axis from dipping below zero.
        double bottom = yLow >= 0 ? Math.max(0, yLow - pad) : yLow - pad;
        Scale xs = new Scale(xLow, xHigh > xLow ? xHigh : xLow + 1, LEFT, W - RIGHT);
        Scale ys = new Scale(bottom, yHigh + pad, H - BOTTOM, TOP);
        html.raw("<svg viewBox=\"0 0 " + W + " " + H + "\" role=\"img\" aria-label=\"" + Html.escape(title) + "\">");
        for (double t : Ticks.between(ys.low(), ys.high(), 6, false)) {
            String y = at(ys.of(t));
            html.raw("<line class=\"grid\" x1=\"" + LEFT + "\" x2=\"" + (W - RIGHT) + "\" y1=\"" + y + "\" y2=\"" + y + "\"/>"
                    + "<text class=\"tick\" text-anchor=\"end\" x=\"" + (LEFT - 7) + "\" y=\"" + at(ys.of(t) + 5) + "\">" + Numbers.of(t) + "</text>");
        }
        for (double t : Ticks.between(xs.low(), xHigh, 7, true)) {
            html.raw("<text class=\"tick\" text-anchor=\"middle\" x=\"" + at(xs.of(t)) + "\" y=\"" + (H - BOTTOM + 19) + "\">" + Numbers.of(t) + "</text>");
        }
        html.raw("<line class=\"axis\" x1=\"" + LEFT + "\" x2=\"" + (W - RIGHT) + "\" y1=\"" + (H - BOTTOM) + "\" y2=\"" + (H - BOTTOM) + "\"/>");
        html.raw("<text class=\"tick\" text-anchor=\"end\" x=\"" + (W - RIGHT) + "\" y=\"" + (H - 4) + "\">step</text>");
        for (Line l : lines) {
            draw(html, l, xs, ys);
        }
        html.raw("</svg>");
    }

    private static void draw(Html html, Line l, Scale xs, Scale ys) {
        Series s = l.series();
        if (!l.evaluation() && s.x().length > MANY) {
            path(html, s.decimated(400), "faint s" + l.colour(), xs, ys);
            path(html, s.smoothed(Math.max(5, s.x().length / 25)).decimated(300), "line s" + l.colour(), xs, ys);
            return;
        }
        path(html, s.decimated(400), "line s" + l.colour() + (l.evaluation() ? " eval" : ""), xs, ys);
        if (l.evaluation() && s.x().length <= MANY || s.x().length == 1) {
            for (int i = 0; i < s.x().length; i++) {
                html.raw("<circle class=\"s" + l.colour() + "\" r=\"3\" cx=\"" + at(xs.of(s.x()[i])) + "\" cy=\"" + at(ys.of(s.y()[i])) + "\"/>");
            }
        }
    }

    private static void path(Html html, Series s, String style, Scale xs, Scale ys) {
        StringBuilder d = new StringBuilder();
        for (int i = 0; i < s.x().length; i++) {
            d.append(i == 0 ? "M" : "L").append(at(xs.of(s.x()[i]))).append(' ').append(at(ys.of(s.y()[i])));
        }
        html.raw("<path class=\"" + style + "\" d=\"" + d + "\"/>");
    }

    private static double round(double v) {
        return Double.isFinite(v) && v != 0 ? new java.math.BigDecimal(v).round(new java.math.MathContext(4)).doubleValue() : v;
    }

    private static String at(double v) {
        return String.format(Locale.ROOT, "%.1f", v);
    }

    private record Scale(double low, double high, double from, double to) {
        double of(double v) {
            return from + (v - low) / (high - low) * (to - from);
        }
    }
}
