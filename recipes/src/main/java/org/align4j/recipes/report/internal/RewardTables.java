package org.align4j.recipes.report.internal;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.rewardmodels.evaluate.Agreement;
import org.align4j.rewardmodels.evaluate.Calibration;
import org.align4j.rewardmodels.evaluate.LengthBias;
import org.align4j.rewardmodels.evaluate.PreferenceEvaluation;
import org.align4j.rewardmodels.evaluate.Rate;

/** Tables of how well a reward orders answers. */
public final class RewardTables {
    private RewardTables() {
    }

    /** What matters most, each with a sentence on what it means. */
    public static void summary(Html h, PreferenceEvaluation e) {
        h.raw("<div class=\"scroll\"><table><tbody>\n");
        row(h, "Accuracy", rate(e.accuracy()), "share of pairs in which the better answer has the higher score; " + Numbers.of(e.tiedPairs()) + " ties count half");
        if (!e.subsets().isEmpty()) {
            row(h, "Mean of subsets", percent(e.macro()), "accuracy, every subset counting once");
        }
        if (e.topOfList().n() > 0) {
            row(h, "Top of lists", rate(e.topOfList()), "share of lists in which the highest score is on an answer with the best label");
        }
        row(h, "Mean margin", Numbers.of(round(e.margin())), "score of the better answer less that of the worse one");
        Calibration c = e.calibration();
        row(h, "Calibration error", percent(c.ece()), "mean distance of accuracy from confidence (ECE, ten bins)");
        row(h, "Log-loss", Numbers.fixed(c.logLoss(), 3), "of σ(margin) in nats; 0.693 says nothing");
        row(h, "Brier score", Numbers.fixed(c.brier(), 3), "of σ(margin); 0.25 says nothing");
        row(h, "AUROC", Numbers.fixed(c.auroc(), 3), "of σ(margin) over pairs in both orders; 0.5 says nothing");
        row(h, "Best temperature", Double.isNaN(c.temperature()) ? "–" : Numbers.of(round(c.temperature())), "scores divided by it are calibrated best; above 1: too sure");
        LengthBias l = e.length();
        row(h, "Prefers the longer answer", rate(l.prefersLonger()), "right or wrong; always taking the longer one would be right in " + percent(l.alwaysLonger().value()));
        row(h, "Correlation with length", Numbers.fixed(l.pearson(), 2) + ", of ranks " + Numbers.fixed(l.spearman(), 2),
                "over all answers; of differences within pairs " + Numbers.fixed(l.withinPairs(), 2));
        e.agreement().ifPresent(a -> row(h, "Agrees with the majority", rate(a.majority()), "of annotators; " + Numbers.of(a.undecided()) + " pairs without one are left out"));
        h.raw("</tbody></table></div>\n");
    }

    private static void row(Html h, String name, String value, String meaning) {
        h.raw("<tr>").element("th", name).element("td class=\"n\"", value).element("td class=\"soft small\"", meaning).raw("</tr>\n");
    }

    /** Accuracies by which answer is longer. */
    public static Map<String, Rate> byLength(LengthBias l) {
        Map<String, Rate> m = new LinkedHashMap<>();
        m.put("chosen is longer", l.chosenLonger());
        m.put("chosen is shorter", l.chosenShorter());
        m.put("within a tenth", l.matched());
        m.values().removeIf(r -> r.n() == 0);
        return m;
    }

    /** A row for every rate. */
    public static void rates(Html h, String what, Map<String, Rate> rates) {
        h.raw("<div class=\"scroll\"><table><thead><tr>").element("th", what).raw("<th class=\"n\">Pairs</th><th class=\"n\">Accuracy</th><th class=\"n\">95 % interval</th></tr></thead><tbody>\n");
        rates.forEach((name, r) -> h.raw("<tr>").element("th", name.isEmpty() ? "–" : name).element("td class=\"n\"", Numbers.of(r.n())).element("td class=\"n\"", percent(r.value()))
                .element("td class=\"n\"", percent(r.low()) + " to " + percent(r.high())).raw("</tr>\n"));
        h.raw("</tbody></table></div>\n");
    }

    /** A row for every annotator. */
    public static void annotators(Html h, Agreement a) {
        h.raw("<div class=\"scroll\"><table><thead><tr><th>Annotator</th><th class=\"n\">Pairs</th><th class=\"n\">Reward agrees</th><th class=\"n\">Cohen’s κ</th>"
                + "<th class=\"n\">Other annotators agree</th></tr></thead><tbody>\n");
        for (Agreement.Annotator x : a.annotators()) {
            h.raw("<tr>").element("th", x.name()).element("td class=\"n\"", Numbers.of(x.reward().n())).element("td class=\"n\"", rate(x.reward()))
                    .element("td class=\"n\"", Numbers.fixed(x.kappa(), 2)).element("td class=\"n\"", Double.isNaN(x.others()) ? "–" : percent(x.others())).raw("</tr>\n");
        }
        h.raw("</tbody></table></div>\n");
        h.element("p class=\"small soft\"", "Two annotators agree on " + percent(a.pairwise()) + " of pairs; Fleiss’ κ among them is " + Numbers.fixed(a.fleiss(), 2)
                + ". What others reach on an annotator is about what a reward can be expected to reach.");
    }

    private static String rate(Rate r) {
        return r.n() == 0 ? "–" : percent(r.value()) + " (" + Numbers.fixed(100 * r.low(), 1) + " to " + Numbers.fixed(100 * r.high(), 1) + ")";
    }

    private static String percent(double v) {
        return Double.isNaN(v) ? "–" : Numbers.fixed(100 * v, 1) + " %";
    }

    private static double round(double v) {
        return Double.isFinite(v) && v != 0 ? new java.math.BigDecimal(v).round(new java.math.MathContext(3)).doubleValue() : v;
    }
}
