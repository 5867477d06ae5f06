package org.align4j.recipes.study;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.eval.Figure;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.BudgetUnit;
import org.align4j.recipes.report.internal.Page;

/**
 * What the cells of a study come to. A part of the grid is enough: the reading then says what is missing.
 *
 * <p>Means over seeds have Student's t intervals; differences are taken seed by seed; how probably a split is the best, where splits begin to beat demonstrations alone, and
 * exponents of power laws are judged by a parametric bootstrap over seeds. With one seed nothing is said of chance.
 */
public final class StudyReading {
    private final List<CellResult> cells;
    private final List<Figure> base;
    private final Analysis analysis;

    private StudyReading(StudySubject subject, List<CellResult> cells, List<Figure> base) {
        Objects.requireNonNull(subject, "subject");
        this.cells = List.copyOf(cells);
        this.base = List.copyOf(base);
        this.analysis = Analysis.of(subject, this.cells);
    }

    /**
     * The reading of the cells that are done.
     *
     * @param cells done so far
     * @param base  figures of the model that all cells start from; may be empty
     */
    public static StudyReading of(StudySubject subject, List<CellResult> cells, List<Figure> base) {
        return new StudyReading(subject, cells, base);
    }

    List<CellResult> cells() {
        return cells;
    }

    List<Figure> base() {
        return base;
    }

    Analysis analysis() {
        return analysis;
    }

    /** Writes {@code results.json}, {@code cells.csv}, {@code report.html}, its pictures as {@code .svg} files and {@code advice.md} into a directory. */
    public void write(Path directory) {
        AtomicFiles.createDirectories(directory);
        Map<String, StudyPictures.Picture> pictures = StudyPictures.of(analysis);
        AtomicFiles.writeString(directory.resolve("cells.csv"), StudyFigures.csv(cells));
        AtomicFiles.writeString(directory.resolve("results.json"), StudyFigures.json(this, analysis));
        pictures.forEach((name, p) -> AtomicFiles.writeString(directory.resolve(name + ".svg"), Page.alone(p.svg())));
        AtomicFiles.writeString(directory.resolve("advice.md"), markdown());
        AtomicFiles.writeString(directory.resolve("report.html"), StudyPage.of(this, analysis, pictures));
    }

    /** Table and advice for a terminal. */
    public String text() {
        StringBuilder out = new StringBuilder();
        Grid g = analysis.grid();
        out.append(g.figure()).append(", mean over seeds ± half the 95 % interval\n").append(String.format(Locale.ROOT, "%-34s", "budget"));
        g.budgets().forEach(b -> out.append(String.format(Locale.ROOT, "%18s", Words.amount(b))));
        out.append('\n');
        for (int a : g.allArms()) {
            out.append(String.format(Locale.ROOT, "%-34s", g.arms().get(a).words()));
            for (int b = 0; b < g.budgets().size(); b++) {
                out.append(String.format(Locale.ROOT, "%18s", Words.value(g, g.mean(b, a))));
            }
            out.append('\n');
        }
        String missing = StudyWords.missing(analysis, cells.size());
        out.append(missing.isEmpty() ? "" : "\n" + missing + "\n").append('\n');
        analysis.advice().stream().filter(x -> !x.interpolated()).forEach(x -> out.append(x.text()).append('\n'));
        return out.append(StudyWords.caution(analysis)).append('\n').toString();
    }

    /** Advice, and what stands behind it. */
    private String markdown() {
        List<String> lines = new ArrayList<>(List.of("# Advice of the study " + analysis.subject().name(), ""));
        String missing = StudyWords.missing(analysis, cells.size());
        if (!missing.isEmpty()) {
            lines.addAll(List.of(missing, ""));
        }
        analysis.advice().forEach(x -> lines.add("- " + x.text()));
        lines.addAll(List.of("", StudyWords.caution(analysis), "", "## When preferences begin to pay", ""));
        analysis.subject().methods().forEach(m -> lines.add("- " + StudyWords.crossing(analysis, m)));
        lines.addAll(List.of("", "## What no demonstrations cost", ""));
        analysis.subject().methods().forEach(m -> lines.add("- " + StudyWords.coldStart(analysis, m)));
        lines.addAll(List.of("", "## Power laws", ""));
        analysis.laws().keySet().forEach(n -> lines.add("- " + StudyWords.law(analysis, n)));
        lines.addAll(List.of("", "## Against published findings", "", "The findings are those of [Balancing the Budget](https://arxiv.org/abs/2502.11284) (2025).", "",
                "| Finding | Method | Here | Numbers |", "|---|---|---|---|"));
        analysis.directions().forEach(d -> lines.add("| " + d.claim() + " | " + d.method() + " | " + d.verdict().words() + " | " + d.numbers() + " |"));
        return String.join("\n", lines) + "\n";
    }

    /**
     * What to do with money where rows have other prices than the study's, read between its budgets: a sentence.
     *
     * @return empty where budgets of the study do not count examples, or the money buys nothing that the study can tell of
     */
    public Optional<String> advice(double money, Budget.Cost prices) {
        return analysis.priced(money, prices).map(c -> {
            StudySubject priced = new StudySubject(analysis.subject().name(), analysis.subject().metric(), BudgetUnit.COST, prices, analysis.subject().budgets(),
                    analysis.subject().ratios(), analysis.subject().methods(), analysis.subject().seeds());
            return Advice.of(priced, analysis.grid().at(money, analysis.examples(money, prices)), c, true).text();
        });
    }
}
