package org.align4j.recipes.study;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.recipes.eval.Figure;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.BudgetUnit;
import org.align4j.recipes.report.internal.Html;
import org.align4j.recipes.report.internal.Numbers;
import org.align4j.recipes.report.internal.Page;

/** A study's {@code report.html}. */
final class StudyPage {
    private static final double[] PRICES = {0.25, 0.5, 2, 4, 10};

    private final StudyReading reading;
    private final Analysis a;
    private final Map<String, StudyPictures.Picture> pictures;
    private final Html h;

    private StudyPage(StudyReading reading, Analysis a, Map<String, StudyPictures.Picture> pictures) {
        this.reading = reading;
        this.a = a;
        this.pictures = pictures;
        this.h = Page.open("Study " + a.subject().name(), lead(a));
    }

    static String of(StudyReading reading, Analysis a, Map<String, StudyPictures.Picture> pictures) {
        return new StudyPage(reading, a, pictures).page();
    }

    private static String lead(Analysis a) {
        return "How to split a budget of annotations between demonstrations and preferences: " + a.subject().metric() + " over budgets, splits, methods and seeds.";
    }

    private String page() {
        h.raw("<nav><a href=\"#advice\">Advice</a> <a href=\"#budget\">Budgets</a> <a href=\"#split\">Splits</a> <a href=\"#best\">Best split</a> <a href=\"#cold\">Cold start</a> "
                + "<a href=\"#law\">Power laws</a> <a href=\"#published\">Published findings</a> <a href=\"#table\">Table</a></nav>\n");
        String missing = StudyWords.missing(a, reading.cells().size());
        if (!missing.isEmpty()) {
            h.raw("<p class=\"note\">").text(missing).raw("</p>\n");
        }
        advice();
        section("budget", "What a budget gives", List.of());
        section("split", "What a split gives", List.of());
        section("best", "Which split is best", a.subject().methods().stream().map(m -> StudyWords.crossing(a, m)).toList());
        section("cold", "Cold start", a.subject().methods().stream().map(m -> StudyWords.coldStart(a, m)).toList());
        section("law", "Power laws", a.laws().keySet().stream().map(n -> StudyWords.law(a, n)).toList());
        published();
        prices();
        Page.section(h, "table", "All numbers");
        base();
        table(a.grid());
        a.others().forEach(this::table);
        bought();
        h.raw("</section>\n");
        return Page.close(h);
    }

    private void advice() {
        Page.section(h, "advice", "Advice");
        List<Advice> main = a.advice().stream().filter(x -> !x.interpolated()).toList();
        h.raw("<div class=\"scroll\"><table><thead><tr><th class=\"n\">Budget</th><th>Best of those tried</th><th class=\"n\">").text(a.subject().metric())
                .raw("</th><th class=\"n\">Certainty</th><th class=\"n\">Not told from it</th></tr></thead><tbody>\n");
        for (Advice x : main) {
            Choice c = x.choice();
            h.raw("<tr>").element("th class=\"n\"", Words.amount(x.budget())).element("td", nice(a.grid().arms().get(c.arm()).words())).element("td class=\"n\"", Words.value(a.grid(), c.expected()))
                    .element("td class=\"n\"", Words.chance(c.certainty())).element("td class=\"n\"", c.alike().size() + " of " + (c.arms().length - 1)).raw("</tr>\n");
        }
        h.raw("</tbody></table></div>\n");
        main.forEach(x -> paragraph("", x.text()));
        paragraph(" class=\"small soft\"", StudyWords.caution(a));
        List<Advice> between = a.advice().stream().filter(Advice::interpolated).toList();
        if (!between.isEmpty()) {
            h.raw("<h3>Between the study's budgets</h3>\n");
            between.forEach(x -> paragraph(" class=\"small\"", x.text()));
        }
        h.raw("</section>\n");
    }

    private void section(String id, String title, List<String> sentences) {
        Page.section(h, id, title);
        h.raw("<div class=\"charts few\">\n");
        for (StudyPictures.Picture p : pictures.values()) {
            if (p.section().equals(id)) {
                h.raw("<figure class=\"chart\"><figcaption>").element("b", p.title()).raw("</figcaption>").raw(p.svg()).element("p class=\"small soft\"", p.words()).raw("</figure>\n");
            }
        }
        h.raw("</div>\n");
        sentences.forEach(s -> paragraph("", s));
        h.raw("</section>\n");
    }

    private void paragraph(String attributes, String text) {
        h.raw("<p" + attributes + ">").text(nice(text)).raw("</p>\n");
    }

    /** Numbers stay with their percent sign. */
    private static String nice(String text) {
        return text.replace(" %", "\u00a0%").replace(" ± ", "\u00a0±\u00a0");
    }

    private void published() {
        Page.section(h, "published", "Against published findings");
        h.raw("<p class=\"small soft\">The findings are those of ").raw("<a href=\"https://arxiv.org/abs/2502.11284\">Balancing the Budget</a> (2025). A finding agrees or disagrees where draws of seeds, or "
                + "the 95 % interval, leave no doubt.</p>\n");
        for (String claim : a.directions().stream().map(Direction::claim).distinct().toList()) {
            h.element("h3", claim).raw("\n");
            for (Direction d : a.directions()) {
                if (d.claim().equals(claim)) {
                    h.raw("<p>").text(d.method() + ": ").element("b", d.verdict().words()).text(nice("; " + d.numbers() + ".")).raw("</p>\n");
                }
            }
        }
        h.raw("</section>\n");
    }

    /** Other prices, read off the same cells. */
    private void prices() {
        double[] money = Advice.between(a.subject().budgets());
        if (a.subject().unit() != BudgetUnit.EXAMPLES || money.length == 0) {
            return;
        }
        Page.section(h, "prices", "If prices differ");
        h.raw("<p class=\"small soft\">The best share of demonstrations, and the method, where a demonstration costs other than a preference. Money counts preferences' prices. How many "
                + "examples it buys depends on the split, and what they give is read between the study's budgets, so this is a guide only. Splits that would lie outside them are left out.</p>\n");
        h.raw("<div class=\"scroll\"><table><thead><tr><th>Price</th>");
        Arrays.stream(money).forEach(m -> h.element("th", Words.amount(m)));
        h.raw("</tr></thead><tbody>\n");
        for (double p : PRICES) {
            h.raw("<tr>").element("th", Numbers.of(p));
            for (double m : money) {
                Optional<Choice> c = a.priced(m, new Budget.Cost(p, 1));
                h.raw("<td>").text(c.map(x -> nice(split(x))).orElse("–"));
                c.ifPresent(x -> h.raw("<br/><small class=\"soft\">").text(nice(Words.value(a.grid(), x.expected()) + "; best of " + x.arms().length + ": " + Words.chance(x.certainty()))).raw("</small>"));
                h.raw("</td>");
            }
            h.raw("</tr>\n");
        }
        h.raw("</tbody></table></div>\n</section>\n");
    }

    private String split(Choice c) {
        Arm arm = a.grid().arms().get(c.arm());
        return Arm.share(arm.ratio()) + (arm.alone() ? "" : ", " + arm.method());
    }

    private void base() {
        if (!reading.base().isEmpty()) {
            List<String> parts = reading.base().stream().map(f -> f.name() + " " + value(f)).toList();
            h.element("p", "Before any training the model has " + String.join(", ", parts) + ".").raw("\n");
        }
    }

    private static String value(Figure f) {
        return f.percent() ? Numbers.fixed(100 * f.value(), 1) + " %" : Numbers.of(f.value());
    }

    private void table(Grid g) {
        h.element("h3", g.figure()).raw("\n<div class=\"scroll\"><table><thead><tr><th>Demonstrations</th>");
        g.budgets().forEach(b -> h.element("th class=\"n\"", Numbers.of(b)));
        h.raw("</tr></thead><tbody>\n");
        for (int arm : g.allArms()) {
            h.raw("<tr>").element("th", Arm.share(g.arms().get(arm).ratio()) + (g.arms().get(arm).alone() ? "" : ", " + g.arms().get(arm).method()));
            for (int b = 0; b < g.budgets().size(); b++) {
                int n = g.found(b, arm).length;
                h.raw("<td class=\"n\">").text(nice(Words.value(g, g.mean(b, arm)))).raw(n > 0 && n < g.seeds().size() ? "<small> of " + n + "</small>" : "").raw("</td>");
            }
            h.raw("</tr>\n");
        }
        h.raw("</tbody></table></div>\n<p class=\"small soft\">Mean over seeds ± half the 95 % interval (Student's t).</p>\n");
    }

    private void bought() {
        h.raw("<h3>What was bought</h3>\n<div class=\"scroll\"><table><thead><tr><th>Demonstrations</th>");
        a.subject().budgets().forEach(b -> h.element("th class=\"n\"", Numbers.of(b)));
        h.raw("</tr></thead><tbody>\n");
        for (double r : a.subject().ratios()) {
            h.raw("<tr>").element("th", Arm.share(r));
            for (double b : a.subject().budgets()) {
                List<Spent> spent = reading.cells().stream().filter(c -> c.key().budget() == b && c.key().ratio() == r).map(CellResult::spent).toList();
                h.element("td class=\"n\"", spent.isEmpty() ? "–" : rows(spent.stream().mapToDouble(s -> s.demonstrations().rows()).toArray()) + " + "
                        + rows(spent.stream().mapToDouble(s -> s.preferences().rows()).toArray()) + left(spent.stream().mapToDouble(Spent::left).max().orElse(0)));
            }
            h.raw("</tr>\n");
        }
        h.raw("</tbody></table></div>\n<p class=\"small soft\">Demonstrations + preferences, in rows; what seeds differ in is shown as a range.</p>\n");
    }

    private static String rows(double[] counts) {
        double low = Arrays.stream(counts).min().orElse(0);
        double high = Arrays.stream(counts).max().orElse(0);
        return Numbers.of(low) + (high > low ? "…" + Numbers.of(high) : "");
    }

    private static String left(double left) {
        return left > 1e-9 ? " (" + Words.amount(left) + " left)" : "";
    }
}
