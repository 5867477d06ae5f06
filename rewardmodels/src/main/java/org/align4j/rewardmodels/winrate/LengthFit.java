package org.align4j.rewardmodels.winrate;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.Interval;
import org.align4j.rewardmodels.internal.Logistic;

/** One fit of {@link LengthControl}: gamed rows first, then the model's own; columns are length, difficulty where there is one, model. */
final class LengthFit {
    static final int FOLDS = 5;
    private static final int STRENGTHS = 10;

    private final LengthControl control;
    private final int gamed;
    private final double[] gamma;
    private final double[][] x;
    private final double[] p;
    private final double[] s;

    LengthFit(LengthControl control, List<Judgement> judgements) {
        this.control = control;
        gamed = control.gamed().size();
        int n = gamed + judgements.size();
        gamma = control.difficulty().map(d -> judgements.stream().mapToDouble(j -> d.of(j.instruction())).toArray()).orElse(new double[judgements.size()]);
        x = new double[n][];
        p = new double[n];
        s = new double[n];
        for (int i = 0; i < gamed; i++) {
            GamedRow row = control.gamed().get(i);
            x[i] = features(Math.tanh(row.stdDeltaLen()), row.difficulty(), 0);
            p[i] = row.preference();
            s[i] = control.gamedWeight();
        }
        double[] length = LengthTerm.of(judgements);
        for (int i = 0; i < length.length; i++) {
            x[gamed + i] = features(length[i], gamma[i], 1);
            p[gamed + i] = judgements.get(i).preference();
            s[gamed + i] = 1;
        }
    }

    private double[] features(double length, double difficulty, double model) {
        return control.difficulty().isPresent() ? new double[] {length, difficulty, model} : new double[] {length, model};
    }

    private GlmWeights weights(double[] w) {
        return control.difficulty().isPresent() ? new GlmWeights(w[0], w[1], w[2]) : new GlmWeights(w[0], 0, w[1]);
    }

    LengthControlled result(WinRate raw) {
        double c = strength();
        int[] all = IntStream.range(0, p.length).toArray();
        double[] w = fit(all, c, new double[x[0].length]);
        GlmWeights weights = weights(w);
        double[] predictions = Arrays.stream(gamma).map(weights::probability).toArray();
        // The gamed rows are no sample of what is measured: they stay, and instructions are drawn.
        int[] rows = all.clone();
        Bootstrap.Distribution draws = control.bootstrap().of(gamma.length, draw -> {
            double[] difficulties = new double[draw.length];
            for (int i = 0; i < draw.length; i++) {
                rows[gamed + i] = gamed + draw[i];
                difficulties[i] = gamma[draw[i]];
            }
            return weights(fit(rows, c, w)).winRate(difficulties);
        });
        return new LengthControlled(weights.winRate(gamma), 100 * Math.sqrt(Interval.variance(predictions) / gamma.length), draws.standardError(), draws.interval(), weights, c, raw);
    }

    private double[] fit(int[] rows, double c, double[] start) {
        double[][] features = new double[rows.length][];
        Arrays.setAll(features, i -> x[rows[i]]);
        return new L1Logistic(features, Arrays.stream(rows).mapToDouble(i -> p[i]).toArray(), Arrays.stream(rows).mapToDouble(i -> s[i]).toArray(), c).solve(start);
    }

    /** The least mean over folds of the weighted log-loss on what was left out; of equals, the smallest. */
    private double strength() {
        double best = Double.NaN;
        double least = Double.POSITIVE_INFINITY;
        double[][] starts = new double[FOLDS][x[0].length];
        int[][] kept = new int[FOLDS][];
        int[][] left = new int[FOLDS][];
        for (int f = 0; f < FOLDS; f++) {
            int fold = f;
            kept[f] = IntStream.range(0, p.length).filter(i -> fold(i) != fold).toArray();
            left[f] = IntStream.range(0, p.length).filter(i -> fold(i) == fold).toArray();
        }
        for (int k = 0; k < STRENGTHS; k++) {
            double c = Math.pow(10, -4 + 8.0 * k / (STRENGTHS - 1));
            double loss = 0;
            for (int f = 0; f < FOLDS; f++) {
                starts[f] = fit(kept[f], c, starts[f]);
                for (int i : left[f]) {
                    loss += loss(i, starts[f]) / left[f].length / FOLDS;
                }
            }
            if (loss < least) {
                least = loss;
                best = c;
            }
        }
        return best;
    }

    /** Rows are dealt out from the last. */
    private int fold(int row) {
        return (p.length - 1 - row) % FOLDS;
    }

    private double loss(int row, double[] w) {
        double z = L1Logistic.dot(x[row], w);
        return s[row] * (Logistic.softplus(z) - p[row] * z);
    }
}
