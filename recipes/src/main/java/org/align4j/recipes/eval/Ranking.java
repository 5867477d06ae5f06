package org.align4j.recipes.eval;

import java.util.List;

/**
 * Models in order of strength.
 *
 * @param method    how strengths came to be
 * @param entries   the strongest first
 * @param separated those that win or lose all against the others, or are not comparable with them: their strength is not finite, nor is at least one end of its interval
 */
public record Ranking(String method, List<Entry> entries, List<String> separated) {
    public Ranking {
        separated = List.copyOf(separated);
        entries = List.copyOf(entries);
    }

    /**
     * A model's place.
     *
     * @param strength      in Elo points, with its 95 % interval; infinite for a model that wins or loses all, NaN for one that is not comparable
     * @param winRate       share of its comparisons won
     * @param probabilities that its rank is 1, 2 …, as the draws have it; NaN where models are not comparable
     */
    public record Entry(String model, double strength, double low, double high, double winRate, List<Double> probabilities) {
        public Entry {
            probabilities = List.copyOf(probabilities);
        }
    }
}
