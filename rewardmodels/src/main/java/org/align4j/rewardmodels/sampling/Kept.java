package org.align4j.rewardmodels.sampling;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was made of the answers to one prompt.
 *
 * @param rows    maybe none
 * @param numbers what else is to be told, averaged over the prompts that have it: {@code acceptance} of rejection sampling, {@code ties} …
 */
public record Kept(List<Row> rows, Map<String, Double> numbers) {
    public Kept {
        rows = List.copyOf(rows);
        numbers = Collections.unmodifiableMap(new LinkedHashMap<>(numbers));
    }

    /** Rows with nothing else to tell. */
    public static Kept of(List<? extends Row> rows) {
        return new Kept(List.copyOf(rows), Map.of());
    }
}
