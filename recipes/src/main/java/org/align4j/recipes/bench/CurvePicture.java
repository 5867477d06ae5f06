package org.align4j.recipes.bench;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.align4j.recipes.report.internal.Html;

/**
 * Curves as one picture that stands alone: a panel for every quantity, both axes logarithmic, a dotted line of slope 1 to
 * compare with, p of the last step beside each curve.
 */
final class CurvePicture {
    private static final int W = 420;
    private static final int H = 300;
    private static final int LEFT = 60;
    private static final int RIGHT = 84;
    private static final int TOP = 40;
    private static final int BOTTOM = 40;
    private static final int COLUMNS = 2;
    private static final String STYLE = "text{font:12px sans-serif;fill:#333}.b{font-weight:bold}.grid{stroke:#ddd}.one{stroke:#999;stroke-dasharray:2 4;fill:none}"
            + ".bf16{stroke:#2563c9}.fp32{stroke:#d2691e}path{fill:none;stroke-width:2}circle.bf16{fill:#2563c9}circle.fp32{fill:#d2691e}";

    private CurvePicture() {}

    static String draw(List<BenchCurve> curves) {
        Map<String, List<BenchCurve>> panels = new LinkedHashMap<>();
        curves.forEach(c -> panels.computeIfAbsent(c.title(), k -> new java.util.ArrayList<>()).add(c));
        int rows = (panels.size() + COLUMNS - 1) / COLUMNS;
        Html out = new Html().raw("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + COLUMNS * W + " " + rows * H + "\" role=\"img\">")
                .element("title", "Seconds of an update against the size of its work").raw("<style>" + STYLE + "</style>\n")
                .raw("<rect width=\"" + COLUMNS * W + "\" height=\"" + rows * H + "\" fill=\"#fff\"/>\n");
        int n = 0;
        for (Map.Entry<String, List<BenchCurve>> p : panels.entrySet()) {
            out.raw("<g transform=\"translate(" + n % COLUMNS * W + " " + n / COLUMNS * H + ")\">");
            panel(out, p.getKey(), p.getValue());
            out.raw("</g>\n");
            n++;
        }
        return out.raw("</svg>\n").toString();
    }

    private static void panel(Html out, String title, List<BenchCurve> curves) {
        TreeSet<Double> sizes = new TreeSet<>();
        TreeSet<Double> times = new TreeSet<>();
        for (BenchCurve c : curves) {
            for (int i = 0; i < c.sizes().length; i++) {
                sizes.add(c.sizes()[i]);
                times.add(c.seconds()[i]);
            }
        }
        Scale x = new Scale(sizes.first(), sizes.last(), LEFT, W - RIGHT);
        Scale y = new Scale(times.first() / 1.3, times.last() * 1.3, H - BOTTOM, TOP);
        out.raw("<text class=\"b\" x=\"8\" y=\"18\">").text(title).raw("</text>");
        for (double v = Math.pow(10, Math.floor(Math.log10(y.low))); v < y.high; v *= 10) {
            for (int m : new int[] {1, 2, 5}) {
                if (v * m >= y.low && v * m <= y.high) {
                    out.raw("<line class=\"grid\" x1=\"" + LEFT + "\" x2=\"" + (W - RIGHT) + "\" y1=\"" + at(y.of(v * m)) + "\" y2=\"" + at(y.of(v * m)) + "\"/>");
                    text(out, LEFT - 6, y.of(v * m) + 4, "end", String.format(Locale.ROOT, "%.3g", v * m).replaceAll("(\\.\\d*?)0+$", "$1").replaceAll("\\.$", "") + " s");
                }
            }
        }
        for (double s : sizes) {
            text(out, x.of(s), H - BOTTOM + 18, "middle", s < 10_000 ? String.format(Locale.ROOT, "%,.0f", s) : String.format(Locale.ROOT, "%.0fk", s / 1000));
        }
        double above = Double.NEGATIVE_INFINITY;
        for (BenchCurve c : curves.stream().sorted(Comparator.comparingDouble((BenchCurve c) -> -c.seconds()[c.seconds().length - 1])).toList()) {
            line(out, c, x, y);
            // Labels of curves that end close together go one below the other.
            int last = c.seconds().length - 1;
            above = Math.max(y.of(c.seconds()[last]) + 4, above + 14);
            text(out, W - RIGHT + 6, above, "start", String.format(Locale.ROOT, "%s, p %.2f", c.type(), c.exponent(last)));
        }
        slopeOne(out, curves.get(0), x, y);
    }

    private static void line(Html out, BenchCurve c, Scale x, Scale y) {
        StringBuilder d = new StringBuilder();
        int last = c.sizes().length - 1;
        for (int i = 0; i <= last; i++) {
            String px = at(x.of(c.sizes()[i]));
            String py = at(y.of(c.seconds()[i]));
            d.append(i == 0 ? "M" : "L").append(px).append(' ').append(py);
            out.raw("<circle class=\"" + c.type() + "\" r=\"3\" cx=\"" + px + "\" cy=\"" + py + "\"/>");
        }
        out.raw("<path class=\"" + c.type() + "\" d=\"" + d + "\"/>");
    }

    /** What cost in proportion to size would look like, through the last point; cut off at the lower edge. */
    private static void slopeOne(Html out, BenchCurve c, Scale x, Scale y) {
        int last = c.sizes().length - 1;
        double from = Math.max(x.low, c.sizes()[last] * y.low / c.seconds()[last]);
        out.raw("<path class=\"one\" d=\"M" + at(x.of(from)) + " " + at(y.of(c.seconds()[last] * from / c.sizes()[last])) + "L" + at(x.of(c.sizes()[last])) + " "
                + at(y.of(c.seconds()[last])) + "\"/>");
    }

    private static void text(Html out, double x, double y, String anchor, String words) {
        out.raw("<text x=\"" + at(x) + "\" y=\"" + at(y) + "\" text-anchor=\"" + anchor + "\">").text(words).raw("</text>");
    }

    private static String at(double v) {
        return String.format(Locale.ROOT, "%.1f", v);
    }

    /** Logarithmic. */
    private record Scale(double low, double high, double from, double to) {
        double of(double v) {
            return from + Math.log(v / low) / Math.log(high / low) * (to - from);
        }
    }
}
