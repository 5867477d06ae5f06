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
 */
public record CellResult(CellKey key, Spent spent, List<Figure> figures, double seconds) {
    public CellResult {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(spent, "spent");
        figures = List.copyOf(figures);
    }

    /** A figure by its name. */
    public Optional<Figure> figure(String name) {
        return figures.stream().filter(f -> f.name().equals(name)).findFirst();
    }
}
