package org.align4j.recipes.study;

import java.util.Objects;

/**
 * One point of a study's grid.
 *
 * @param budget what may be spent, in the unit of the study's budget; above 0
 * @param ratio  share of it spent on demonstrations, in [0, 1]; the rest is spent on preferences
 * @param method name of what learns from preferences; at ratio 1 nothing does, and the cells of all methods are the same one, named {@code sft}
 * @param seed   of subsets, order of data and everything else random
 */
public record CellKey(double budget, double ratio, String method, long seed) {
    public CellKey {
        Objects.requireNonNull(method, "method");
        if (!(budget > 0) || !(ratio >= 0 && ratio <= 1)) {
            throw new IllegalArgumentException("a cell needs a budget above 0 and a ratio in [0, 1], found " + budget + " and " + ratio);
        }
    }
}
