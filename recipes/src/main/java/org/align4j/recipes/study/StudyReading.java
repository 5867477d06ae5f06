package org.align4j.recipes.study;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.eval.Figure;

/**
 * What the cells of a study come to. A part of the grid is enough: the reading then says what is missing.
 *
 * @param subject the grid
 * @param cells   done so far
 * @param base    figures of the model that all cells start from; may be empty
 */
public record StudyReading(StudySubject subject, List<CellResult> cells, List<Figure> base) {
    public StudyReading {
        Objects.requireNonNull(subject, "subject");
        cells = List.copyOf(cells);
        base = List.copyOf(base);
    }

    /** The reading of the cells that are done. */
    public static StudyReading of(StudySubject subject, List<CellResult> cells, List<Figure> base) {
        return new StudyReading(subject, cells, base);
    }

    /** Writes {@code results.json}, {@code cells.csv}, {@code report.html}, its pictures as {@code .svg} files and {@code advice.md} into a directory. */
    public void write(Path directory) {
        AtomicFiles.createDirectories(directory);
        AtomicFiles.writeString(directory.resolve("advice.md"), text());
    }

    /** Table and advice for a terminal. */
    public String text() {
        return String.format(Locale.ROOT, "%s: %d cells%n", subject.name(), cells.size());
    }
}
