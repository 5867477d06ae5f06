package org.align4j.rewardmodels.winrate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    private final int[][] instructions;
    private double strength = Double.NaN;
    private double[] solution;

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
        Map<String, List<Integer>> by = new LinkedHashMap<>();
        for (int i = 0; i < length.length; i++) {
            by.computeIfAbsent(judgements.get(i).instruction(), k -> new ArrayList<>()).add(i);
        }
        instructions = by.values().stream().map(rows -> rows.stream().mapToInt(i -> i).toArray()).toArray(int[][]::new);
    }

    /** How many are drawn from: the judgements of one instruction go together. */
    int instructions() {
        return instructions.length;
    }

    private double[] solution() {
        if (solution == null) {
            strength = chosenStrength();
            solution = fit(IntStream.range(0, p.length).toArray(), strength, new double[x[0].length]);
        }
        return solution;
    }

    /** The rate, in percent, of instructions by index, possibly several times each. The gamed rows are no sample of what is measured: they stay. */
    double rate(int[] draw) {
        double[] from = solution();
        int[] own = Arrays.stream(draw).flatMap(d -> Arrays.stream(instructions[d])).toArray();
        int[] rows = IntStream.concat(IntStream.range(0, gamed), Arrays.stream(own).map(i -> gamed + i)).toArray();
        return weights(fit(rows, strength, from)).winRate(Arrays.stream(own).mapToDouble(i -> gamma[i]).toArray());
    }

    /** The rate of all. */
    double rate() {
        return weights(solution()).winRate(gamma);
    }

    private double[] features(double length, double difficulty, double model) {
        return control.difficulty().isPresent() ? new double[] {length, difficulty, model} : new double[] {length, model};
    }

    private GlmWeights weights(double[] w) {
        return control.difficulty().isPresent() ? new GlmWeights(w[0], w[1], w[2]) : new GlmWeights(w[0], 0, w[1]);
    }

    LengthControlled result(WinRate raw) {
        GlmWeights weights = weights(solution());
        double[] predictions = Arrays.stream(gamma).map(weights::probability).toArray();
        Bootstrap.Distribution draws = new Bootstrap.Distribution(rate(), Bootstrap.sorted(control.bootstrap().vectors(instructions(), d -> new double[] {rate(d)}), 0));
        return new LengthControlled(rate(), 100 * Math.sqrt(Interval.variance(predictions) / gamma.length), draws.standardError(), draws.interval(), weights, strength, raw);
    }

    private double[] fit(int[] rows, double c, double[] start) {
        double[][] features = new double[rows.length][];
        Arrays.setAll(features, i -> x[rows[i]]);
        return new L1Logistic(features, Arrays.stream(rows).mapToDouble(i -> p[i]).toArray(), Arrays.stream(rows).mapToDouble(i -> s[i]).toArray(), c).solve(start);
    }

    /** The least mean over folds of the weighted log-loss on what was left out; of equals, the smallest. */
    private double chosenStrength() {
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
