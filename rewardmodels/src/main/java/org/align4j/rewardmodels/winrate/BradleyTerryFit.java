package org.align4j.rewardmodels.winrate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.rewardmodels.internal.Logistic;

/** Newton's method with step halving on Σ [ln(1 + e^d) − p d] + ½ ridge Σ θ², d = θ_a − θ_b: strictly convex, its minimum has Σ θ = 0. */
final class BradleyTerryFit {
    private static final int STEPS = 100;

    private final List<String> models;
    private final int[] first;
    private final int[] second;
    private final double[] preference;
    private final double ridge;
    private final int[][] instructions;
    private double[] start;

    BradleyTerryFit(List<Judgement> judgements, double ridge) {
        if (!(ridge > 0 && Double.isFinite(ridge))) {
            throw new IllegalArgumentException("the ridge must be more than 0, found " + ridge);
        }
        this.ridge = ridge;
        Map<String, Integer> index = new LinkedHashMap<>();
        List<Judgement> compared = judgements.stream().filter(j -> !j.model().equals(j.baseline())).toList();
        if (compared.isEmpty()) {
            throw new IllegalArgumentException("a ranking needs at least one judgement of two different models, found none");
        }
        for (Judgement j : compared) {
            index.putIfAbsent(j.model(), index.size());
            index.putIfAbsent(j.baseline(), index.size());
        }
        models = new ArrayList<>(index.keySet());
        first = compared.stream().mapToInt(j -> index.get(j.model())).toArray();
        second = compared.stream().mapToInt(j -> index.get(j.baseline())).toArray();
        preference = compared.stream().mapToDouble(Judgement::preference).toArray();
        start = new double[models.size()];
        Map<String, List<Integer>> by = new LinkedHashMap<>();
        for (int i = 0; i < compared.size(); i++) {
            by.computeIfAbsent(compared.get(i).instruction(), k -> new ArrayList<>()).add(i);
        }
        instructions = by.values().stream().map(list -> list.stream().mapToInt(i -> i).toArray()).toArray(int[][]::new);
    }

    List<String> models() {
        return models;
    }

    /** How many are drawn from: the comparisons of one instruction go together. */
    int instructions() {
        return instructions.length;
    }

    /** The comparisons of instructions, possibly several times each. */
    int[] of(int[] drawn) {
        return java.util.Arrays.stream(drawn).flatMap(i -> java.util.Arrays.stream(instructions[i])).toArray();
    }

    /** All comparisons. */
    int[] all() {
        return java.util.stream.IntStream.range(0, first.length).toArray();
    }

    /** What the comparisons say of who beats whom. */
    Separation separation(int[] chosen) {
        double[][] wins = new double[models.size()][models.size()];
        for (int i : chosen) {
            wins[first[i]][second[i]] += preference[i];
            wins[second[i]][first[i]] += 1 - preference[i];
        }
        return new Separation(wins);
    }

    /** Instructions on which a model was compared. */
    long instructionsOf(int model) {
        return java.util.Arrays.stream(instructions).filter(list -> java.util.Arrays.stream(list).anyMatch(i -> first[i] == model || second[i] == model)).count();
    }

    long comparisonsOf(int model) {
        return java.util.stream.IntStream.range(0, first.length).filter(i -> first[i] == model || second[i] == model).count();
    }

    boolean connected() {
        int[] group = java.util.stream.IntStream.range(0, models.size()).toArray();
        for (int i = 0; i < first.length; i++) {
            int from = group[first[i]];
            int to = group[second[i]];
            for (int m = 0; m < group.length; m++) {
                group[m] = group[m] == from ? to : group[m];
            }
        }
        return java.util.Arrays.stream(group).distinct().count() == 1;
    }

    /** θ of all comparisons; later fits begin there. */
    double[] theta() {
        start = theta(all());
        return start.clone();
    }

    /** θ of chosen comparisons. */
    double[] theta(int[] chosen) {
        int n = models.size();
        double[][] count = new double[n][n];
        double[][] wins = new double[n][n];
        for (int i : chosen) {
            int a = Math.min(first[i], second[i]);
            int b = Math.max(first[i], second[i]);
            count[a][b]++;
            wins[a][b] += first[i] == a ? preference[i] : 1 - preference[i];
        }
        double[] theta = start.clone();
        double value = value(theta, count, wins);
        for (int step = 0; step < STEPS; step++) {
            double[] move = step(theta, count, wins);
            double rate = 1;
            double[] next = L1Logistic.moved(theta, move, rate);
            double nextValue = value(next, count, wins);
            while (nextValue > value + 1e-13 * Math.abs(value) && rate > 1e-10) {
                rate /= 2;
                next = L1Logistic.moved(theta, move, rate);
                nextValue = value(next, count, wins);
            }
            theta = next;
            value = nextValue;
            if (java.util.Arrays.stream(move).allMatch(v -> Math.abs(v) < 1e-10)) {
                break;
            }
        }
        return theta;
    }

    private double value(double[] theta, double[][] count, double[][] wins) {
        double sum = 0;
        for (int a = 0; a < theta.length; a++) {
            sum += ridge / 2 * theta[a] * theta[a];
            for (int b = a + 1; b < theta.length; b++) {
                double d = theta[a] - theta[b];
                sum += count[a][b] == 0 ? 0 : count[a][b] * Logistic.softplus(d) - wins[a][b] * d;
            }
        }
        return sum;
    }

    private double[] step(double[] theta, double[][] count, double[][] wins) {
        int n = theta.length;
        double[] g = new double[n];
        double[][] h = new double[n][n];
        for (int a = 0; a < n; a++) {
            g[a] += ridge * theta[a];
            h[a][a] += ridge;
            for (int b = a + 1; b < n; b++) {
                double p = Logistic.sigmoid(theta[a] - theta[b]);
                double slope = count[a][b] * p - wins[a][b];
                double curve = count[a][b] * p * (1 - p);
                g[a] += slope;
                g[b] -= slope;
                h[a][a] += curve;
                h[b][b] += curve;
                h[a][b] -= curve;
                h[b][a] -= curve;
            }
        }
        return solve(h, g);
    }

    /** −H⁻¹ g by Cholesky's decomposition; H is positive definite by its ridge. */
    private static double[] solve(double[][] h, double[] g) {
        int n = g.length;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = h[i][j];
                for (int k = 0; k < j; k++) {
                    sum -= h[i][k] * h[j][k];
                }
                h[i][j] = i == j ? Math.sqrt(sum) : sum / h[j][j];
            }
        }
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            double sum = -g[i];
            for (int k = 0; k < i; k++) {
                sum -= h[i][k] * x[k];
            }
            x[i] = sum / h[i][i];
        }
        for (int i = n - 1; i >= 0; i--) {
            for (int k = i + 1; k < n; k++) {
                x[i] -= h[k][i] * x[k];
            }
            x[i] /= h[i][i];
        }
        return x;
    }
}
