package org.align4j.recipes.study;

import java.util.Arrays;
import org.align4j.rewardmodels.evaluate.Bootstrap;

/**
 * Means over seeds as they might have come out with other seeds: the bootstrap, seeds being drawn together for all cells of the grid, so that what seeds have in common stays in common.
 *
 * <p>A mean of n values drawn with replacement from n varies as if n − 1 stood for n in the variance, which matters with three seeds. So each draw's deviation
 * from the mean is widened by √(n ÷ (n − 1)).
 *
 * @param means by draw, budget and arm; NaN where there are fewer than two seeds, or none of those drawn
 */
record Draws(double[][][] means) {
    private static final int COUNT = 2000;

    static Draws of(Grid grid) {
        int budgets = grid.budgets().size();
        int arms = grid.arms().size();
        double[] flat = mean(grid, null);
        double[] widen = new double[budgets * arms];
        for (int i = 0; i < widen.length; i++) {
            int n = grid.found(i / arms, i % arms).length;
            widen[i] = n < 2 ? Double.NaN : Math.sqrt(n / (n - 1.0));
        }
        double[][] drawn = new Bootstrap(COUNT, 0).vectors(grid.seeds().size(), draw -> mean(grid, draw));
        double[][][] means = new double[COUNT][budgets][arms];
        for (int d = 0; d < COUNT; d++) {
            for (int i = 0; i < widen.length; i++) {
                means[d][i / arms][i % arms] = flat[i] + widen[i] * (drawn[d][i] - flat[i]);
            }
        }
        return new Draws(means);
    }

    /** Means over the seeds drawn, or over all. */
    private static double[] mean(Grid grid, int[] draw) {
        int arms = grid.arms().size();
        double[] out = new double[grid.budgets().size() * arms];
        for (int i = 0; i < out.length; i++) {
            double[] of = grid.values()[i / arms][i % arms];
            double[] those = draw == null ? of : Arrays.stream(draw).mapToDouble(s -> of[s]).toArray();
            out[i] = Arrays.stream(those).filter(v -> !Double.isNaN(v)).average().orElse(Double.NaN);
        }
        return out;
    }

    /** For each of some arms, how often it is the best of them at a budget; a tie is shared. NaN where no draw says anything. */
    double[] best(int budget, int[] arms, int sign) {
        double[] wins = new double[arms.length];
        int count = 0;
        for (double[][] draw : means) {
            double top = Arrays.stream(arms).mapToDouble(a -> sign * draw[budget][a]).filter(v -> !Double.isNaN(v)).max().orElse(Double.NaN);
            if (!Double.isNaN(top)) {
                long ties = Arrays.stream(arms).filter(a -> sign * draw[budget][a] == top).count();
                for (int i = 0; i < arms.length; i++) {
                    wins[i] += sign * draw[budget][arms[i]] == top ? 1.0 / ties : 0;
                }
                count++;
            }
        }
        int n = count;
        return Arrays.stream(wins).map(w -> n == 0 ? Double.NaN : w / n).toArray();
    }
}
