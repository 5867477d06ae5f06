package org.align4j.recipes.eval;

import java.util.List;

/**
 * Models in order of strength.
 *
 * @param method  how strengths came to be
 * @param entries the strongest first
 */
public record Ranking(String method, List<Entry> entries) {
    public Ranking {
        entries = List.copyOf(entries);
    }

    /**
     * A model's place.
     *
     * @param strength      in Elo points, with its 95 % interval
     * @param winRate       share of its comparisons won
     * @param probabilities that its rank is 1, 2 …, as the draws have it
     */
    public record Entry(String model, double strength, double low, double high, double winRate, List<Double> probabilities) {
        public Entry {
            probabilities = List.copyOf(probabilities);
        }
    }
}
