package org.align4j.rewardmodels.evaluate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How far a reward goes by length (in characters).
 *
 * @param chosenLonger   accuracy where the chosen response is the longer one
 * @param chosenShorter  accuracy where it is the shorter one: a reward that goes by length is weak here
 * @param matched        accuracy where lengths differ by at most a tenth of the longer one
 * @param alwaysLonger   accuracy of always taking the longer response: what length alone would give
 * @param prefersLonger  how often the reward is higher for the longer response, right or wrong; pairs of equal length left out
 * @param pearson        correlation of score and length over all responses
 * @param spearman       the same of their ranks
 * @param withinPairs    correlation of the difference in score and the difference in length over pairs
 */
public record LengthBias(Rate chosenLonger, Rate chosenShorter, Rate matched, Rate alwaysLonger, Rate prefersLonger, double pearson, double spearman,
        double withinPairs) {
    private static final double MATCHED = 0.1;

    /** Of scored items. */
    public static LengthBias of(List<ScoredItem> items) {
        Rate.Count longer = new Rate.Count();
        Rate.Count shorter = new Rate.Count();
        Rate.Count matched = new Rate.Count();
        Rate.Count always = new Rate.Count();
        Rate.Count prefers = new Rate.Count();
        for (ScoredItem item : items) {
            for (ScoredItem.Pair p : item.pairs()) {
                int w = item.lengths()[p.better()];
                int l = item.lengths()[p.worse()];
                double hit = item.hit(p);
                always.add(w > l ? 1 : w == l ? 0.5 : 0);
                if (w != l) {
                    (w > l ? longer : shorter).add(hit);
                    prefers.add(w > l ? hit : 1 - hit);
                }
                if (Math.abs(w - l) <= MATCHED * Math.max(w, l)) {
                    matched.add(hit);
                }
            }
        }
        double[] scores = items.stream().flatMapToDouble(i -> Arrays.stream(i.scores())).toArray();
        double[] lengths = items.stream().flatMapToDouble(i -> Arrays.stream(i.lengths()).asDoubleStream()).toArray();
        double[] margins = items.stream().flatMapToDouble(i -> i.pairs().stream().mapToDouble(i::margin)).toArray();
        double[] differences = items.stream().flatMapToDouble(i -> i.pairs().stream().mapToDouble(p -> i.lengths()[p.better()] - i.lengths()[p.worse()])).toArray();
        // Which of a pair stands first is no accident, so each is taken both ways: the means are 0.
        return new LengthBias(longer.rate(), shorter.rate(), matched.rate(), always.rate(), prefers.rate(), pearson(scores, lengths), pearson(ranks(scores), ranks(lengths)),
                pearson(bothWays(margins), bothWays(differences)));
    }

    private static double[] bothWays(double[] v) {
        double[] out = Arrays.copyOf(v, 2 * v.length);
        for (int i = 0; i < v.length; i++) {
            out[v.length + i] = -v[i];
        }
        return out;
    }

    /** Pearson's correlation; NaN where one of the two does not vary. */
    static double pearson(double[] x, double[] y) {
        double mx = Arrays.stream(x).average().orElse(0);
        double my = Arrays.stream(y).average().orElse(0);
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            xy += (x[i] - mx) * (y[i] - my);
            xx += (x[i] - mx) * (x[i] - mx);
            yy += (y[i] - my) * (y[i] - my);
        }
        return xx > 0 && yy > 0 ? xy / Math.sqrt(xx) / Math.sqrt(yy) : Double.NaN;
    }

    /** Ranks from 1, equal values sharing their mean rank. */
    static double[] ranks(double[] v) {
        int[] order = IntStream.range(0, v.length).boxed().sorted(Comparator.comparingDouble(i -> v[i])).mapToInt(i -> i).toArray();
        double[] ranks = new double[v.length];
        for (int from = 0; from < order.length;) {
            int to = from + 1;
            while (to < order.length && v[order[to]] == v[order[from]]) {
                to++;
            }
            for (int i = from; i < to; i++) {
                ranks[order[i]] = (from + 1 + to) / 2.0;
            }
            from = to;
        }
        return ranks;
    }
}
