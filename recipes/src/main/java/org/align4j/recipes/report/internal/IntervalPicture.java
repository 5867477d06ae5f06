package org.align4j.recipes.report.internal;

import java.util.List;
import java.util.function.DoubleFunction;

/** Numbers with their intervals, one below the other. */
public final class IntervalPicture {
    private static final int MOST = 40;
    private static final int LEFT = 190;
    private static final int NAME = 18;

    private IntervalPicture() {
    }

    /** A number by name; low and high are NaN where there is no interval. */
    public record Row(String name, double value, double low, double high) {
    }

    /**
     * Draws the rows that have a number, the first on top.
     *
     * @param axis  what the numbers are
     * @param words how a number is written
     * @param note  a sentence below
     */
    public static void write(Html h, String title, List<Row> rows, String axis, DoubleFunction<String> words, String note) {
        List<Row> shown = rows.stream().filter(r -> Double.isFinite(r.value())).limit(MOST).toList();
        if (shown.isEmpty()) {
            return;
        }
        double low = shown.stream().mapToDouble(r -> Double.isFinite(r.low()) ? Math.min(r.low(), r.value()) : r.value()).min().orElseThrow();
        double high = shown.stream().mapToDouble(r -> Double.isFinite(r.high()) ? Math.max(r.high(), r.value()) : r.value()).max().orElseThrow();
        double pad = high > low ? 0.05 * (high - low) : Math.max(0.5, 0.1 * Math.abs(high));
        h.raw("<figure class=\"chart\"><figcaption>").element("b", title).raw("</figcaption>");
        Frame f = new Frame(h, title, 30 * shown.size() + Frame.TOP + Frame.BOTTOM, LEFT, low - pad, high + pad, 0, shown.size());
        f.axisX(Ticks.between(low - pad, high + pad, 4, false), words, true, axis);
        for (int i = 0; i < shown.size(); i++) {
            Row r = shown.get(i);
            double middle = shown.size() - i - 0.5;
            f.label(LEFT - 8, middle, "end", r.name().length() > NAME ? r.name().substring(0, NAME - 1) + "…" : r.name());
            boolean interval = Double.isFinite(r.low()) && Double.isFinite(r.high());
            if (interval) {
                f.line("whisker s1", r.low(), middle, r.high(), middle);
            }
            f.dot("s1", r.value(), middle, 5, r.name() + ": " + words.apply(r.value()) + (interval ? " (" + words.apply(r.low()) + " to " + words.apply(r.high()) + ")" : ""));
        }
        f.close();
        h.element("p class=\"small soft\"", note + (rows.size() > shown.size() ? " The first " + shown.size() + " of " + rows.size() + " are drawn." : "")).raw("</figure>\n");
    }
}
