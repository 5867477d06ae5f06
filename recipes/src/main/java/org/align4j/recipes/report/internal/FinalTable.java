package org.align4j.recipes.report.internal;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.align4j.recipes.rundir.RunResults;

/** The table of results: a row per metric, a column per model, and under each value what changed against the model before. */
public final class FinalTable {
    private FinalTable() {
    }

    public static void write(Html h, List<RunResults.Result> results) {
        Set<String> models = new LinkedHashSet<>();
        results.forEach(r -> r.values().forEach(v -> models.add(v.model())));
        h.raw("<div class=\"scroll\"><table class=\"final\"><thead><tr><th>Metric</th>");
        models.forEach(m -> h.element("th class=\"n\"", m));
        h.raw("</tr></thead><tbody>\n");
        for (RunResults.Result r : results) {
            h.raw("<tr>").element("th", r.metric());
            RunResults.Value before = null;
            for (String m : models) {
                RunResults.Value v = r.values().stream().filter(x -> x.model().equals(m)).findFirst().orElse(null);
                h.raw("<td class=\"n\">").text(v == null ? "–" : withError(r, v));
                if (v != null && before != null) {
                    change(h, r, before, v);
                }
                before = v == null ? before : v;
                h.raw("</td>");
            }
            h.raw("</tr>\n");
        }
        h.raw("</tbody></table></div>\n");
        h.raw("<p class=\"small soft\">± is one standard error of the mean; changes are against the column before, and coloured where they exceed two "
                + "standard errors of the difference, the two taken as independent.");
        long n = results.stream().flatMap(r -> r.values().stream()).mapToLong(RunResults.Value::count).max().orElse(0);
        h.raw(n > 0 ? " Up to " + Numbers.of(n) + " items per value.</p>\n" : "</p>\n");
    }

    /** Value and standard error as text. */
    public static String withError(RunResults.Result r, RunResults.Value v) {
        boolean known = Double.isFinite(v.standardError());
        if (r.percent()) {
            return Numbers.fixed(100 * v.value(), 1) + (known ? " ± " + Numbers.fixed(100 * v.standardError(), 1) : "") + " %";
        }
        if (!known) {
            return Numbers.of(v.value());
        }
        int decimals = decimals(v.standardError());
        return Numbers.fixed(v.value(), decimals) + " ± " + Numbers.fixed(v.standardError(), decimals);
    }

    private static void change(Html h, RunResults.Result r, RunResults.Value before, RunResults.Value after) {
        double difference = after.value() - before.value();
        double error = Math.hypot(before.standardError(), after.standardError());
        if (!Double.isFinite(difference)) {
            return;
        }
        boolean sure = Double.isFinite(error) && Math.abs(difference) > 2 * error;
        String style = !sure ? "" : difference > 0 == r.higherIsBetter() ? " class=\"good\"" : " class=\"bad\"";
        String text = r.percent() ? Numbers.fixed(100 * difference, 1) + " points"
                : Double.isFinite(error) ? Numbers.fixed(difference, decimals(error)) : Numbers.of(difference);
        h.element("small" + style, (difference > 0 ? "+" : "") + text);
    }

    /** So many that the standard error shows two digits. */
    private static int decimals(double error) {
        return error > 0 ? Math.max(0, Math.min(8, 1 - (int) Math.floor(Math.log10(error)))) : 3;
    }
}
