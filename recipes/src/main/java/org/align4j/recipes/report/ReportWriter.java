package org.align4j.recipes.report;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.recipes.report.internal.Curves;
import org.align4j.recipes.report.internal.FinalTable;
import org.align4j.recipes.report.internal.Html;
import org.align4j.recipes.report.internal.Numbers;
import org.align4j.recipes.report.internal.Page;
import org.align4j.recipes.report.internal.Tree;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.recipes.rundir.RunResults;
import org.align4j.recipes.rundir.internal.AtomicText;

/**
 * Writes {@code report.html}: one file that needs no network, no scripts and no other file; HTML that is well-formed XML as well.
 * Everything that comes from models, data or recipes is escaped.
 */
public final class ReportWriter {
    private ReportWriter() {
    }

    /** Makes the report of a run from the files in its directory. */
    public static void write(RunFiles files) {
        write(ReportData.of(files), files.report());
    }

    public static void write(ReportData data, Path file) {
        AtomicText.write(file, html(data));
    }

    /** The page. */
    public static String html(ReportData data) {
        RunResults r = data.results();
        Html h = Page.open(r.title().isEmpty() ? "Run" : r.title(), r.summary());
        navigation(h, data);
        if (!r.warnings().isEmpty()) {
            Page.section(h, "warnings", "Warnings");
            r.warnings().forEach(w -> h.raw("<p class=\"note\">").text(w).raw("</p>\n"));
            h.raw("</section>\n");
        }
        if (!r.results().isEmpty()) {
            Page.section(h, "results", "Results");
            FinalTable.write(h, r.results());
            h.raw("</section>\n");
        }
        if (!r.stages().isEmpty()) {
            Page.section(h, "stages", "Stages");
            stages(h, r.stages());
            h.raw("</section>\n");
        }
        if (!data.metrics().isEmpty()) {
            Page.section(h, "curves", "Curves");
            Curves.write(h, data.metrics());
            h.raw("</section>\n");
        }
        if (!r.samples().isEmpty()) {
            Page.section(h, "samples", "Samples");
            r.samples().forEach(s -> sample(h, s));
            h.raw("</section>\n");
        }
        tree(h, "data", "Data", data.dataReport());
        if (!data.settings().isBlank()) {
            Page.section(h, "settings", "Settings");
            h.raw("<pre>").text(data.settings().strip()).raw("</pre>\n</section>\n");
        }
        tree(h, "provenance", "Provenance", data.provenance());
        return Page.close(h);
    }

    private static void navigation(Html h, ReportData d) {
        h.raw("<nav>");
        link(h, "results", "Results", !d.results().results().isEmpty());
        link(h, "stages", "Stages", !d.results().stages().isEmpty());
        link(h, "curves", "Curves", !d.metrics().isEmpty());
        link(h, "samples", "Samples", !d.results().samples().isEmpty());
        link(h, "data", "Data", !d.dataReport().isEmpty());
        link(h, "settings", "Settings", !d.settings().isBlank());
        link(h, "provenance", "Provenance", !d.provenance().isEmpty());
        h.raw("</nav>\n");
    }

    private static void link(Html h, String id, String title, boolean there) {
        if (there) {
            h.raw("<a href=\"#" + id + "\">" + title + "</a> ");
        }
    }

    private static void tree(Html h, String id, String title, Map<String, Object> values) {
        if (!values.isEmpty()) {
            Page.section(h, id, title);
            Tree.write(h, values);
            h.raw("</section>\n");
        }
    }

    private static void stages(Html h, List<RunResults.Stage> stages) {
        double whole = stages.stream().mapToDouble(RunResults.Stage::seconds).filter(Double::isFinite).sum();
        h.raw("<div class=\"timeline\">");
        int i = 0;
        for (RunResults.Stage s : stages) {
            double share = whole > 0 && Double.isFinite(s.seconds()) ? Math.max(1, Math.round(1000 * s.seconds() / whole)) : 1;
            h.raw("<div class=\"t" + (i++ % 4 + 1) + "\" style=\"flex:" + (long) share + " 1 0\" title=\"" + Html.escape(s.name() + ", "
                    + Numbers.duration(s.seconds())) + "\">").text(s.name()).raw("</div>");
        }
        h.raw("</div>\n<div class=\"scroll\"><table><thead><tr><th>Stage</th><th>Kind</th><th class=\"n\">Steps</th><th class=\"n\">Tokens</th>"
                + "<th class=\"n\">Time</th><th class=\"n\">Tokens/s</th></tr></thead><tbody>\n");
        for (RunResults.Stage s : stages) {
            h.raw("<tr>").element("th", s.name()).element("td", s.kind()).element("td class=\"n\"", Numbers.of(s.steps()))
                    .element("td class=\"n\"", Numbers.of(s.tokens())).element("td class=\"n\"", Numbers.duration(s.seconds()))
                    .element("td class=\"n\"", s.seconds() > 0 && s.tokens() > 0 ? Numbers.of(Math.rint(s.tokens() / s.seconds())) : "–").raw("</tr>\n");
        }
        h.raw("</tbody></table></div>\n");
    }

    private static void sample(Html h, RunResults.Sample s) {
        h.raw("<div class=\"sample\">").element("h4", "Prompt").raw("<pre>").text(s.prompt()).raw("</pre>\n<div class=\"outputs\">");
        s.outputs().forEach((model, text) -> h.raw("<div>").element("h4", model).raw("<pre>").text(text).raw("</pre></div>\n"));
        if (s.reference() != null) {
            h.raw("<div>").element("h4", "Reference").raw("<pre>").text(s.reference()).raw("</pre></div>\n");
        }
        h.raw("</div></div>\n");
    }
}
