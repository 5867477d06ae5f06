package org.align4j.recipes.report.internal;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.align4j.recipes.rundir.MetricsLog;

/** The curves of every stage. */
public final class Curves {
    private static final String EVAL = "eval_";

    private record Panel(String title, List<String> metrics, List<String> labels) {
    }

    private static final List<Panel> PANELS = List.of(
            new Panel("Loss", List.of("loss"), List.of("loss")),
            new Panel("Reward margin", List.of("rewards/margins"), List.of("margin")),
            new Panel("Preference accuracy", List.of("rewards/accuracies"), List.of("accuracy")),
            new Panel("Rewards", List.of("rewards/chosen", "rewards/rejected"), List.of("chosen", "rejected")),
            new Panel("Log-probabilities", List.of("logps/chosen", "logps/rejected"), List.of("chosen", "rejected")),
            new Panel("Score", List.of("objective/scores", "objective/rlhf_reward"), List.of("score", "less what is paid for divergence")),
            new Panel("KL from the reference, nats per response", List.of("objective/kl"), List.of("KL")),
            new Panel("Gradient norm", List.of("grad_norm"), List.of("norm")),
            new Panel("Learning rate", List.of("learning_rate", "lr"), List.of("rate", "rate")),
            new Panel("Tokens per second", List.of("tokens/s", "tokens_per_second"), List.of("tokens/s", "tokens/s")));
    /** Counters, which say nothing as curves. */
    private static final Set<String> COUNTERS = Set.of("epoch", "num_tokens", "episode");

    private Curves() {
    }

    public static void write(Html html, List<MetricsLog.Line> lines) {
        Set<String> stages = new LinkedHashSet<>();
        lines.forEach(l -> stages.add(l.stage()));
        for (String stage : stages) {
            html.element("h3", stage);
            if (LogProbDrift.bothFall(lines, stage)) {
                html.raw("<p class=\"note\">").text(LogProbDrift.EXPLANATION).raw("</p>\n");
            }
            html.raw("<div class=\"charts\">\n");
            for (LineChart chart : charts(lines, stage)) {
                chart.write(html);
            }
            html.raw("</div>\n");
        }
    }

    private static List<LineChart> charts(List<MetricsLog.Line> lines, String stage) {
        Set<String> left = new LinkedHashSet<>();
        for (MetricsLog.Line l : lines) {
            if (l.stage().equals(stage)) {
                l.values().keySet().forEach(k -> left.add(k.startsWith(EVAL) ? k.substring(EVAL.length()) : k));
            }
        }
        left.removeAll(COUNTERS);
        List<LineChart> out = new ArrayList<>();
        List<Panel> panels = new ArrayList<>(PANELS);
        PANELS.forEach(p -> left.removeAll(p.metrics()));
        left.forEach(m -> panels.add(new Panel(m, List.of(m), List.of("value"))));
        for (Panel p : panels) {
            LineChart chart = new LineChart(p.title());
            for (int i = 0; i < p.metrics().size(); i++) {
                Series train = Series.of(lines, stage, p.metrics().get(i));
                Series eval = Series.of(lines, stage, EVAL + p.metrics().get(i));
                chart.add(p.labels().get(i), i + 1, false, train);
                chart.add(p.labels().get(i) + ", held out", i + 1, true, eval);
            }
            if (!chart.isEmpty()) {
                out.add(chart);
            }
        }
        return out;
    }
}
