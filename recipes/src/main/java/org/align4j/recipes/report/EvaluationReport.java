package org.align4j.recipes.report;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.recipes.eval.Change;
import org.align4j.recipes.eval.EvalResult;
import org.align4j.recipes.eval.EvalTable;
import org.align4j.recipes.eval.Figure;
import org.align4j.recipes.eval.Item;
import org.align4j.recipes.eval.Ranking;
import org.align4j.recipes.report.internal.Html;
import org.align4j.recipes.report.internal.IntervalPicture;
import org.align4j.recipes.report.internal.Numbers;
import org.align4j.recipes.report.internal.Page;
import org.align4j.recipes.report.internal.Tree;
import org.align4j.recipes.rundir.internal.AtomicText;

/** The results of a suite for readers: {@code report.html}, one file that needs no network, no scripts and no other file. */
public final class EvaluationReport {
    private static final int EXAMPLES = 4;
    private static final int SHOWN = 700;
    private static final int MOST_ACROSS = 8;

    private EvaluationReport() {}

    /** Writes it beside {@code evaluation.json}. */
    public static void write(EvalResult result) {
        Path file = result.suite().output().resolve("report.html");
        AtomicText.write(file, html(result));
    }

    /** The page. */
    public static String html(EvalResult result) {
        Html h = Page.open("Evaluation " + result.suite().name(), summary(result));
        glance(h, result);
        for (EvalResult.Evaluated e : result.evaluations()) {
            Page.section(h, "e-" + e.name(), Html.escape(e.name()));
            h.element("p class=\"small soft\"", e.spec().words());
            figures(h, result, e);
            pictures(h, e);
            e.ranking().ifPresent(r -> ranking(h, r));
            EvalTable.notes(e).forEach(n -> h.element("p class=\"small\"", n + "."));
            examples(h, e);
            h.raw("</section>\n");
        }
        Page.section(h, "provenance", "Models and data");
        result.models().forEach((name, model) -> {
            h.element("h4", name);
            Map<String, Object> m = new LinkedHashMap<>();
            m.put("path", model.path().toString());
            model.adapter().ifPresent(a -> m.put("adapter", a.toString()));
            m.put("parameters", model.parameters());
            m.put("computed", model.computed());
            m.put("sha256 of weights", model.weights());
            Tree.write(h, m);
        });
        result.data().forEach((file, report) -> {
            h.element("h4", file.getFileName().toString());
            Map<String, Object> m = new LinkedHashMap<>();
            m.put("file", file.toString());
            m.put("sha256", report.sha256());
            m.put("rows", report.rows());
            m.put("kept", report.kept());
            report.dropped().forEach((reason, d) -> m.put("left out: " + reason.words(), d.count()));
            Tree.write(h, m);
        });
        h.raw("</section>\n");
        return Page.close(h);
    }

    private static String summary(EvalResult result) {
        String models = result.models().isEmpty() ? "" : result.models().size() == 1 ? "One model. " : result.models().size() + " models; changes are from "
                + result.suite().baseline().orElse("") + ", on the same items. ";
        return models + "All intervals are of 95 %.";
    }

    /** What every evaluation is mostly about, models across. */
    private static void glance(Html h, EvalResult result) {
        if (result.models().isEmpty() || result.models().size() > MOST_ACROSS || result.evaluations().size() < 2) {
            return;
        }
        Page.section(h, "glance", "At a glance");
        h.raw("<div class=\"scroll\"><table class=\"final\"><thead><tr><th>Evaluation</th><th>Figure</th>");
        result.models().keySet().forEach(m -> h.element("th class=\"n\"", m));
        h.raw("</tr></thead><tbody>\n");
        for (EvalResult.Evaluated e : result.evaluations().stream().filter(e -> e.spec().needsModels()).toList()) {
            String name = e.spec().headline();
            h.raw("<tr>").element("th", e.name()).element("td", name.replace('_', ' '));
            for (String model : result.models().keySet()) {
                Optional<Figure> f = e.figure(model, name);
                h.raw("<td class=\"n\">").text(f.map(v -> words(v.value(), v, false) + (v.percent() ? " %" : "")).orElse("–"));
                e.change(model, name).ifPresent(c -> h.element("small" + (c.verdict().isEmpty() ? "" : c.verdict().equals("better") ? " class=\"good\"" : " class=\"bad\""),
                        words(c.value(), f.orElseThrow(), true) + (c.verdict().isEmpty() ? "" : " " + c.verdict())));
                h.raw("</td>");
            }
            h.raw("</tr>\n");
        }
        h.raw("</tbody></table></div>\n</section>\n");
    }

    private static void figures(Html h, EvalResult result, EvalResult.Evaluated e) {
        if (EvalTable.wide(e)) {
            matrix(h, e);
            return;
        }
        boolean changes = !e.changes().isEmpty();
        h.raw("<div class=\"scroll\"><table><thead><tr><th>Figure</th><th>Model</th><th class=\"n\">Value</th><th class=\"n\">95 % interval</th>");
        if (changes) {
            h.element("th class=\"n\"", "Change from " + e.from().orElse("")).raw("<th class=\"n\">95 % interval</th>");
        }
        h.raw("<th class=\"n\">Items</th></tr></thead><tbody>\n");
        for (String name : EvalTable.names(e)) {
            String shown = name;
            for (String model : e.figures().keySet()) {
                Optional<Figure> f = e.figure(model, name);
                if (f.isPresent()) {
                    row(h, shown, model, f.get(), e.change(model, name), changes);
                    shown = "";
                }
            }
        }
        h.raw("</tbody></table></div>\n");
    }

    /** Models down, figures across. */
    private static void matrix(Html h, EvalResult.Evaluated e) {
        List<String> names = EvalTable.names(e);
        h.raw("<div class=\"scroll\"><table><thead><tr><th>Model</th>");
        names.forEach(n -> h.element("th class=\"n\"", n.replace('_', ' ')));
        h.raw("<th class=\"n\">Items</th></tr></thead><tbody>\n");
        e.figures().forEach((model, figures) -> {
            h.raw("<tr>").element("th", model);
            names.forEach(n -> h.element("td class=\"n\"", e.figure(model, n).map(f -> words(f.value(), f, false) + (f.percent() ? " %" : "")
                    + (Double.isFinite(f.low()) ? " (" + words(f.low(), f, false) + " to " + words(f.high(), f, false) + ")" : "")).orElse("–")));
            h.element("td class=\"n\"", Numbers.of(e.items().get(model).size())).raw("</tr>\n");
        });
        h.raw("</tbody></table></div>\n");
        h.element("p class=\"small soft\"", "In brackets 95 % intervals.");
    }

    private static void row(Html h, String shown, String model, Figure f, Optional<Change> change, boolean changes) {
        h.raw("<tr>").element("th", shown.replace('_', ' ')).element("td", model).element("td class=\"n\"", words(f.value(), f, false) + (f.percent() ? " %" : ""))
                .element("td class=\"n\"", Double.isFinite(f.low()) ? words(f.low(), f, false) + " to " + words(f.high(), f, false) : "–");
        if (changes) {
            String verdict = change.map(Change::verdict).map(v -> v.isEmpty() ? "" : v.equals("better") ? " good" : " bad").orElse("");
            h.element("td class=\"n" + verdict + "\"", change.map(c -> words(c.value(), f, true) + (verdict.isEmpty() ? "" : " " + c.verdict())).orElse(""));
            h.element("td class=\"n\"", change.filter(c -> Double.isFinite(c.low())).map(c -> words(c.low(), f, true) + " to " + words(c.high(), f, true)).orElse(""));
        }
        h.element("td class=\"n\"", Numbers.of(f.n())).raw("</tr>\n");
    }

    /** The figure an evaluation is mostly about, model by model. */
    private static void pictures(Html h, EvalResult.Evaluated e) {
        String name = e.spec().headline();
        List<Figure> all = e.figures().keySet().stream().flatMap(m -> e.figure(m, name).stream()).toList();
        if (all.size() < 2) {
            return;
        }
        List<IntervalPicture.Row> rows = e.figures().keySet().stream().flatMap(m -> e.figure(m, name).stream().map(f -> new IntervalPicture.Row(m, f.value(), f.low(), f.high()))).toList();
        h.raw("<div class=\"charts few\">\n");
        IntervalPicture.write(h, name.replace('_', ' '), rows, all.get(0).percent() ? "percent" : name.replace('_', ' '),
                v -> words(v, all.get(0), false), "With 95 % intervals of each by itself; where two models answered the same items, the change in the table tells them apart better.");
        h.raw("</div>\n");
    }

    private static void ranking(Html h, Ranking r) {
        h.element("h3", "Ranking");
        h.raw("<div class=\"scroll\"><table><thead><tr><th class=\"n\">Rank</th><th>Model</th><th class=\"n\">Elo</th><th class=\"n\">95 % interval</th><th class=\"n\">Wins</th>"
                + "<th class=\"n\">Best</th></tr></thead><tbody>\n");
        int rank = 1;
        for (Ranking.Entry e : r.entries()) {
            h.raw("<tr>").element("td class=\"n\"", Numbers.of(rank++)).element("th", e.model()).element("td class=\"n\"", Numbers.fixed(e.strength(), 0))
                    .element("td class=\"n\"", Numbers.fixed(e.low(), 0) + " to " + Numbers.fixed(e.high(), 0)).element("td class=\"n\"", Numbers.fixed(100 * e.winRate(), 1) + " %")
                    .element("td class=\"n\"", Numbers.fixed(100 * e.probabilities().get(0), 0) + " %").raw("</tr>\n");
        }
        h.raw("</tbody></table></div>\n<div class=\"charts few\">\n");
        IntervalPicture.write(h, "Ranking", r.entries().stream().map(e -> new IntervalPicture.Row(e.model(), e.strength(), e.low(), e.high())).toList(), "Elo",
                v -> Numbers.fixed(v, 0), r.method() + ". Best: the share of draws in which the model has rank 1.");
        h.raw("</div>\n");
    }

    private static String words(double v, Figure f, boolean sign) {
        String s = f.percent() ? Numbers.fixed(100 * v, 1) : Numbers.of(v == 0 ? 0 : new java.math.BigDecimal(v).round(new java.math.MathContext(4)).doubleValue());
        return sign && v > 0 ? "+" + s : s;
    }

    /** The same prompts answered by every model. */
    private static void examples(Html h, EvalResult.Evaluated e) {
        List<Item> first = e.items().values().stream().findFirst().orElse(List.of());
        List<Item> shown = first.stream().filter(i -> i.texts().containsKey("answer") && !i.texts().get("prompt").isEmpty()).limit(EXAMPLES).toList();
        for (Item item : shown) {
            h.raw("<div class=\"sample\">").element("h4", "Prompt").raw("<pre>").text(end(item.texts().get("prompt"))).raw("</pre>\n<div class=\"outputs\">");
            e.items().forEach((model, items) -> items.stream().filter(i -> i.id().equals(item.id())).findFirst().ifPresent(i ->
                    h.raw("<div>").element("h4", model).raw("<pre>").text(start(i.texts().get("answer"))).raw("</pre></div>\n")));
            h.raw("</div></div>\n");
        }
    }

    private static String start(String text) {
        return text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
    }

    /** Of a long prompt what was said last. */
    private static String end(String text) {
        return text.length() > SHOWN ? "…" + text.substring(text.length() - SHOWN) : text;
    }
}
