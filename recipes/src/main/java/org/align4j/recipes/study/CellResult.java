package org.align4j.recipes.study;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.align4j.recipes.eval.Figure;

/**
 * What a cell came to: {@code cells/NAME.json}, whose presence says that the cell is done.
 *
 * @param spent   on demonstrations and on preferences
 * @param figures of the model it left
 * @param seconds of computing, stages shared with other cells left out
 * @param digest  of all that decides the figures; null where it was not written down
 */
public record CellResult(CellKey key, Spent spent, List<Figure> figures, double seconds, String digest) {
    public CellResult {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(spent, "spent");
        figures = List.copyOf(figures);
    }

    /** One whose digest was not written down. */
    public CellResult(CellKey key, Spent spent, List<Figure> figures, double seconds) {
        this(key, spent, figures, seconds, null);
    }

    /** A figure by its name. */
    public Optional<Figure> figure(String name) {
        return figures.stream().filter(f -> f.name().equals(name)).findFirst();
    }
}
