package org.align4j.rewardmodels.serve;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Answers to one prompt put in order.
 *
 * @param scores        the score of every answer, in the order asked
 * @param order         indices of the answers, best first; of equal scores the one asked first
 * @param probabilities of every answer, in the order asked, the probability to be the best one: exp(sᵢ)/Σⱼexp(sⱼ), Plackett and Luce's model. For two answers
 *                      it is Bradley and Terry's probability σ(s₀−s₁) that the first is preferred
 */
public record Ranking(double[] scores, List<Integer> order, double[] probabilities) {

    /** Ranks by scores, at least one. */
    public static Ranking of(double[] scores) {
        List<Integer> order = IntStream.range(0, scores.length).boxed().sorted(Comparator.comparingDouble((Integer i) -> -scores[i])).toList();
        double top = scores[order.get(0)];
        double[] p = new double[scores.length];
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            p[i] = Math.exp(scores[i] - top);
            sum += p[i];
        }
        for (int i = 0; i < p.length; i++) {
            p[i] /= sum;
        }
        return new Ranking(scores, order, p);
    }
}
