package org.align4j.recipes.report.internal;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A histogram as inline SVG, from {@code {"edges": [e0 … en], "counts": [c1 … cn]}}. */
final class Histogram {
    private static final int W = 520;
    private static final int H = 190;
    private static final int LEFT = 64;
    private static final int RIGHT = 30;
    private static final int TOP = 8;
    private static final int BOTTOM = 30;

    private Histogram() {
    }

    static boolean is(Map<String, Object> m) {
        return numbers(m.get("edges")) && numbers(m.get("counts")) && ((List<?>) m.get("edges")).size() == ((List<?>) m.get("counts")).size() + 1
                && !((List<?>) m.get("counts")).isEmpty();
    }

    static void write(Html h, Map<String, Object> m, String title) {
        double[] edges = doubles(m.get("edges"));
        double[] counts = doubles(m.get("counts"));
        double top = 1;
        for (double c : counts) {
            top = Math.max(top, c);
        }
        double low = edges[0];
        double high = edges[edges.length - 1] > low ? edges[edges.length - 1] : low + 1;
        h.raw("<figure class=\"chart\"><svg viewBox=\"0 0 " + W + " " + H + "\" role=\"img\" aria-label=\"" + Html.escape(title) + "\">");
        for (double t : Ticks.between(0, top, 4, true)) {
            double y = y(t, top);
            h.raw("<line class=\"grid\" x1=\"" + LEFT + "\" x2=\"" + (W - RIGHT) + "\" y1=\"" + at(y) + "\" y2=\"" + at(y) + "\"/><text class=\"tick\" "
                    + "text-anchor=\"end\" x=\"" + (LEFT - 6) + "\" y=\"" + at(y + 5) + "\">" + Numbers.of(t) + "</text>");
        }
        for (int i = 0; i < counts.length; i++) {
            double from = x(edges[i], low, high);
            double to = x(edges[i + 1], low, high);
            h.raw("<rect class=\"bar\" x=\"" + at(from + 0.5) + "\" y=\"" + at(y(counts[i], top)) + "\" width=\"" + at(Math.max(0.5, to - from - 1))
                    + "\" height=\"" + at(H - BOTTOM - y(counts[i], top)) + "\"><title>" + Numbers.of(edges[i]) + " to " + Numbers.of(edges[i + 1]) + ": "
                    + Numbers.of(counts[i]) + "</title></rect>");
        }
        for (double t : Ticks.between(low, high, 7, true)) {
            h.raw("<text class=\"tick\" text-anchor=\"middle\" x=\"" + at(x(t, low, high)) + "\" y=\"" + (H - BOTTOM + 19) + "\">" + Numbers.of(t) + "</text>");
        }
        h.raw("<line class=\"axis\" x1=\"" + LEFT + "\" x2=\"" + (W - RIGHT) + "\" y1=\"" + (H - BOTTOM) + "\" y2=\"" + (H - BOTTOM) + "\"/></svg></figure>\n");
    }

    private static double x(double v, double low, double high) {
        return LEFT + (v - low) / (high - low) * (W - RIGHT - LEFT);
    }

    private static double y(double v, double top) {
        return H - BOTTOM - v / top * (H - BOTTOM - TOP);
    }

    private static boolean numbers(Object v) {
        return v instanceof List<?> l && l.stream().allMatch(e -> e instanceof Number n && Double.isFinite(n.doubleValue()));
    }

    private static double[] doubles(Object v) {
        return ((List<?>) v).stream().mapToDouble(e -> ((Number) e).doubleValue()).toArray();
    }

    private static String at(double v) {
        return String.format(Locale.ROOT, "%.1f", v);
    }
}
