package org.align4j.rewardmodels.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.align4j.core.train.Streams;

/**
 * Which of n answers are compared with each other, and so become preference pairs. Liu et al.,
 * <a href="https://arxiv.org/abs/2309.06657">RSO</a> (2023), section 3.4. An answer preferred with probability ½ ties: the comparison gives no pair.
 */
public enum Ranking {
    /** Answers are shuffled and each meets one other: ⌊n/2⌋ comparisons. */
    FIRST_ROUND {
        @Override
        public List<Pair> pairs(int n, Comparison comparison, RandomGenerator random) {
            int[] order = Streams.permutation(n, random);
            List<Pair> pairs = new ArrayList<>();
            for (int k = 0; k + 1 < n; k += 2) {
                decide(order[k], order[k + 1], comparison, pairs);
            }
            return pairs;
        }
    },
    /** Answers are shuffled, and winners of a round meet in the next until one is left: n − 1 comparisons, biased towards good answers. Where the number is odd, the last goes on. */
    TOURNAMENT {
        @Override
        public List<Pair> pairs(int n, Comparison comparison, RandomGenerator random) {
            int[] order = Streams.permutation(n, random);
            List<Pair> pairs = new ArrayList<>();
            for (int left = n; left > 1; left = (left + 1) / 2) {
                for (int k = 0; k + 1 < left; k += 2) {
                    order[k / 2] = decide(order[k], order[k + 1], comparison, pairs);
                }
                if (left % 2 == 1) {
                    order[left / 2] = order[left - 1];
                }
            }
            return pairs;
        }
    },
    /** Every answer meets every other: n·(n − 1)/2 comparisons. */
    ALL_PAIRS {
        @Override
        public List<Pair> pairs(int n, Comparison comparison, RandomGenerator random) {
            List<Pair> pairs = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                for (int j = i + 1; j < n; j++) {
                    decide(i, j, comparison, pairs);
                }
            }
            return pairs;
        }
    },
    /** The best answer against the worst by their mean preference over the others: one pair out of n·(n − 1)/2 comparisons, as online DPO takes it. */
    BEST_WORST {
        @Override
        public List<Pair> pairs(int n, Comparison comparison, RandomGenerator random) {
            double[] means = new double[n];
            for (int i = 0; i < n; i++) {
                for (int j = i + 1; j < n; j++) {
                    double p = checked(comparison, i, j);
                    means[i] += p;
                    means[j] += 1 - p;
                }
            }
            int[] order = n == 0 ? new int[0] : Rewards.order(means);
            return n < 2 || means[order[0]] == means[order[n - 1]] ? List.of() : List.of(new Pair(order[0], order[n - 1]));
        }
    };

    /** Says how probable it is that one answer is better than another. */
    @FunctionalInterface
    public interface Comparison {
        /** P(answer i is better than answer j), in [0, 1]. */
        double preference(int i, int j);
    }

    /** Two answers by index, the better first. */
    public record Pair(int chosen, int rejected) {}

    /**
     * The pairs of answers 0 … n−1.
     *
     * @param random shuffles; not drawn from where nothing is shuffled
     */
    public abstract List<Pair> pairs(int n, Comparison comparison, RandomGenerator random);

    /** Adds the pair and names the winner; of a tie, the first. */
    private static int decide(int i, int j, Comparison comparison, List<Pair> pairs) {
        double p = checked(comparison, i, j);
        if (p == 0.5) {
            return i;
        }
        Pair pair = p > 0.5 ? new Pair(i, j) : new Pair(j, i);
        pairs.add(pair);
        return pair.chosen();
    }

    private static double checked(Comparison comparison, int i, int j) {
        double p = comparison.preference(i, j);
        if (!(p >= 0 && p <= 1)) {
            throw new IllegalArgumentException("A preference must be a probability in [0, 1], found " + p + " for answers " + i + " and " + j);
        }
        return p;
    }
}
