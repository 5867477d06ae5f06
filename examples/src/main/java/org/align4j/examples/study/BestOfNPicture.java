package org.align4j.examples.study;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.rewardmodels.evaluate.Interval;
import org.align4j.rewardmodels.sampling.BestOfN;

/** The gold reward of best-of-n against its divergence from the policy: chosen by the reward model, with the interval over seeds, and by the gold reward itself. */
final class BestOfNPicture {
    private static final int W = 560;
    private static final int H = 320;
    private static final int LEFT = 60;
    private static final int BOTTOM = 50;

    private final List<Map<String, Double>> seeds;
    private final double low;

    private BestOfNPicture(List<Map<String, Double>> seeds) {
        this.seeds = seeds;
        this.low = lowest(StudyResults.of(seeds, "best of 1 gold"));
    }

    private static double lowest(Interval v) {
        return Math.floor(20 * (v.value() - v.half())) / 20;
    }

    static String draw(List<Map<String, Double>> seeds) {
        return new BestOfNPicture(seeds).svg();
    }

    private String svg() {
        StringBuilder svg = new StringBuilder("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + W + " " + H + "\" role=\"img\"><title>Best-of-n: gold reward against KL</title>"
                + "<style>text{font:12px sans-serif;fill:#333}path{fill:none;stroke-width:2}.grid{stroke:#ddd;stroke-width:1}</style><rect width=\"" + W + "\" height=\"" + H
                + "\" fill=\"#fff\"/>\n");
        for (double v = low; v < 1.001; v += 0.05) {
            svg.append(line(LEFT, y(v), W - 20, y(v), "grid")).append(text(LEFT - 8, y(v) + 4, "end", String.format(Locale.ROOT, "%.2f", v)));
        }
        for (int n = 1; seeds.get(0).containsKey("best of " + n + " gold"); n *= 2) {
            svg.append(text(x(n), H - BOTTOM + 18, "middle", Integer.toString(n)));
        }
        svg.append(text((LEFT + W) / 2.0, H - 10, "middle", "n, at its KL bound ln n − (n − 1)/n")).append(text(LEFT, 14, "start", "Mean gold reward"));
        curve(svg, "by gold", "#2e8b57");
        curve(svg, "gold", "#2563c9");
        svg.append(text(x(8), y(StudyResults.of(seeds, "best of 8 by gold").value()) - 10, "end", "chosen by the gold reward"));
        svg.append(text(x(16), y(StudyResults.of(seeds, "best of 16 gold").value()) + 48, "middle", "chosen by the reward model"));
        return svg.append("</svg>\n").toString();
    }

    private void curve(StringBuilder svg, String what, String color) {
        StringBuilder path = new StringBuilder();
        for (int n = 1; seeds.get(0).containsKey("best of " + n + " gold"); n *= 2) {
            Interval v = StudyResults.of(seeds, "best of " + n + " " + what);
            path.append(path.isEmpty() ? 'M' : 'L').append(number(x(n))).append(' ').append(number(y(v.value())));
            svg.append("<path stroke=\"").append(color).append("\" d=\"M").append(number(x(n))).append(' ').append(number(y(v.value() - v.half()))).append('V')
                    .append(number(y(v.value() + v.half()))).append("\"/>\n");
        }
        svg.append("<path stroke=\"").append(color).append("\" d=\"").append(path).append("\"/>\n");
    }

    private static double x(int n) {
        return LEFT + 20 + BestOfN.kl(n) / BestOfN.kl(64) * (W - LEFT - 60);
    }

    private double y(double value) {
        return 24 + (1 - value) / (1 - low) * (H - BOTTOM - 34);
    }

    private static String line(double x1, double y1, double x2, double y2, String style) {
        return "<path class=\"" + style + "\" d=\"M" + number(x1) + " " + number(y1) + "L" + number(x2) + " " + number(y2) + "\"/>\n";
    }

    private static String text(double x, double y, String anchor, String words) {
        return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" + words + "</text>\n";
    }

    private static String number(double v) {
        return String.format(Locale.ROOT, "%.1f", v);
    }
}
