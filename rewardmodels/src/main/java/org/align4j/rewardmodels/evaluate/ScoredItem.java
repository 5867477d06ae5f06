package org.align4j.rewardmodels.evaluate;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A prompt's answers with what a reward gave them and what is known of them.
 *
 * @param subset  the part of the data it belongs to; empty where there are no parts
 * @param scores  the reward's, one for every answer
 * @param lengths of the answers, in characters
 * @param labels  an annotator's, one for every answer, more is better; for the top of lists
 * @param pairs   which answer is better than which
 * @param votes   of several annotators on the first pair, by annotator
 */
public record ScoredItem(String subset, double[] scores, int[] lengths, double[] labels, List<Pair> pairs, Map<String, Vote> votes) {
    public ScoredItem {
        pairs = List.copyOf(pairs);
        votes = Collections.unmodifiableMap(new LinkedHashMap<>(votes));
        if (scores.length != lengths.length || scores.length != labels.length) {
            throw new IllegalArgumentException("each answer needs a score, a length and a label, found " + scores.length + ", " + lengths.length + " and " + labels.length);
        }
        for (double s : scores) {
            if (!Double.isFinite(s)) {
                throw new IllegalArgumentException("scores must be finite, found " + s);
            }
        }
    }

    /**
     * Two answers by index.
     *
     * @param strength by how much the better one is better, in the annotator's unit; 1 where the data do not say
     */
    public record Pair(int better, int worse, double strength) {}

    /** Score of the better answer less that of the worse one. */
    public double margin(Pair pair) {
        return scores[pair.better()] - scores[pair.worse()];
    }

    /** 1 where the better answer has the higher score, ½ for equal scores, 0 else. */
    public double hit(Pair pair) {
        return Vote.of(margin(pair)).agreement(Vote.CHOSEN);
    }
}
