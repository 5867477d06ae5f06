package org.align4j.examples;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.recipes.rundir.MetricsLog;

/** Score and divergence against responses seen, means over seeds, as a table and as a picture. */
final class OnlineCurves {
    private static final String[] COLORS = {"#2563c9", "#d2691e", "#2e8b57", "#8b3fa8"};
    private static final int W = 420;
    private static final int H = 300;

    private OnlineCurves() {}

    /** At a quarter, a half and so on of all responses; each the mean over the iterations of the eighth before. */
    static String table(Map<String, List<List<MetricsLog.Line>>> curves) {
        StringBuilder text = new StringBuilder("| |");
        List<MetricsLog.Line> any = curves.values().iterator().next().get(0);
        for (int q = 0; q <= 4; q++) {
            text.append(String.format(Locale.ROOT, " %.0f episodes |", any.get(q == 0 ? 0 : any.size() * q / 4 - 1).values().get("episode")));
        }
        text.append("\n|---|---|---|---|---|---|\n");
        curves.forEach((name, runs) -> {
            text.append("| ").append(name).append(" |");
            for (int q = 0; q <= 4; q++) {
                int to = q == 0 ? 1 : runs.get(0).size() * q / 4;
                int from = q == 0 ? 0 : to - Math.max(1, runs.get(0).size() / 8);
                text.append(String.format(Locale.ROOT, " %.3f at KL %.2f |", mean(runs, "objective/scores", from, to), mean(runs, "objective/kl", from, to)));
            }
            text.append('\n');
        });
        return text.toString();
    }

    private static double mean(List<List<MetricsLog.Line>> runs, String metric, int from, int to) {
        double sum = 0;
        for (List<MetricsLog.Line> run : runs) {
            sum += run.subList(from, to).stream().mapToDouble(l -> l.values().get(metric)).average().orElseThrow();
        }
        return sum / runs.size();
    }

    /** Two panels, a line for every method. */
    static String draw(Map<String, List<List<MetricsLog.Line>>> curves) {
        StringBuilder svg = new StringBuilder("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + 2 * W + " " + H + "\" role=\"img\"><title>Score and KL against episodes</title>"
                + "<style>text{font:12px sans-serif;fill:#333}path{fill:none;stroke-width:2}.grid{stroke:#ddd}</style><rect width=\"" + 2 * W + "\" height=\"" + H + "\" fill=\"#fff\"/>\n");
        panel(svg, curves, "objective/scores", "Mean score of sampled responses", 0);
        panel(svg, curves, "objective/kl", "KL from the reference, nats per response", W);
        return svg.append("</svg>\n").toString();
    }

    private static void panel(StringBuilder svg, Map<String, List<List<MetricsLog.Line>>> curves, String metric, String title, int x0) {
        double most = 0;
        for (List<List<MetricsLog.Line>> runs : curves.values()) {
            for (int i = 0; i < runs.get(0).size(); i++) {
                most = Math.max(most, mean(runs, metric, i, i + 1));
            }
        }
        double top = Math.max(1e-9, most * 1.05);
        svg.append("<text x=\"").append(x0 + 50).append("\" y=\"20\">").append(title).append("</text>\n");
        for (int g = 0; g <= 4; g++) {
            double y = H - 40 - g / 4.0 * (H - 80);
            svg.append(String.format(Locale.ROOT, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\">%.2f</text>%n", x0 + 50, x0 + W - 20, y, y, x0 + 12, y + 4,
                    top * g / 4));
        }
        int c = 0;
        for (Map.Entry<String, List<List<MetricsLog.Line>>> e : curves.entrySet()) {
            List<MetricsLog.Line> run = e.getValue().get(0);
            double last = run.get(run.size() - 1).values().get("episode");
            StringBuilder path = new StringBuilder();
            for (int i = 0; i < run.size(); i++) {
                double x = x0 + 50 + run.get(i).values().get("episode") / last * (W - 70);
                double y = H - 40 - Math.max(0, mean(e.getValue(), metric, i, i + 1)) / top * (H - 80);
                path.append(String.format(Locale.ROOT, "%s%.1f %.1f", i == 0 ? "M" : "L", x, y));
            }
            svg.append("<path stroke=\"").append(COLORS[c % COLORS.length]).append("\" d=\"").append(path).append("\"/>");
            svg.append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\" style=\"fill:%s\">%s</text>%n", x0 + 60 + 80 * c, H - 8, COLORS[c % COLORS.length], e.getKey()));
            c++;
        }
    }
}
