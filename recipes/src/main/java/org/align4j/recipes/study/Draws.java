package org.align4j.recipes.study;

import java.util.Arrays;
import java.util.Comparator;
import java.util.random.RandomGenerator;
import org.align4j.core.train.Streams;
import org.align4j.rewardmodels.evaluate.Interval;

/**
 * Means over seeds as they might have come out with other seeds: a parametric bootstrap over seeds, every mean drawn by itself.
 *
 * <p>A mean of n seeds is drawn as x̄ + t·s ÷ √n. Three or five values say little of their own spread, and one arm of many has a small one by chance; so s² is
 * the arm's own variance and that of it and the {@value #NEAR} arms closest in mean together, weighted by n − 1 and {@value #PRIOR} degrees of freedom, and t is Student's with as many degrees of freedom as both
 * have. Drawing the few seeds themselves again and again would call one of several equal arms the best with near certainty, whenever its few values happen to be high together.
 * Arms of another level are not asked: near 0 or 1 values of a share spread less, which would make the others look surer than they are.
 * What the arms of one seed have in common is not used, which errs on the side of caution.
 *
 * @param means by draw, budget and arm; NaN where there are no cells, or no budget's arm has two seeds
 */
record Draws(double[][][] means) {
    private static final int COUNT = 2000;
    private static final int PRIOR = 4;
    private static final int NEAR = 2;

    static Draws of(Grid grid) {
        double[][][] means = new double[COUNT][grid.budgets().size()][grid.arms().size()];
        for (int b = 0; b < grid.budgets().size(); b++) {
            for (int a : grid.allArms()) {
                double squares = 0;
                int freedom = 0;
                for (int near : near(grid, b, a)) {
                    int n = grid.found(b, near).length;
                    squares += (n - 1) * Interval.variance(grid.found(b, near));
                    freedom += n - 1;
                }
                draw(grid, b, a, squares / freedom, freedom, means);
            }
        }
        return new Draws(means);
    }

    /** An arm and those closest to it in mean, as far as they have two seeds. */
    private static int[] near(Grid grid, int budget, int arm) {
        double mean = grid.mean(budget, arm).value();
        return Arrays.stream(grid.allArms()).filter(a -> grid.found(budget, a).length > 1).boxed()
                .sorted(Comparator.comparingDouble((Integer a) -> a == arm ? -1 : Math.abs(grid.mean(budget, a).value() - mean))).limit(NEAR + 1).mapToInt(a -> a).toArray();
    }

    private static void draw(Grid grid, int budget, int arm, double pooled, int pooledFreedom, double[][][] means) {
        double[] found = grid.found(budget, arm);
        int n = found.length;
        int own = Math.max(0, n - 1);
        int prior = Math.min(PRIOR, pooledFreedom);
        double mean = grid.mean(budget, arm).value();
        double variance = pooledFreedom == 0 ? Double.NaN : ((own == 0 ? 0 : own * Interval.variance(found)) + prior * pooled) / (own + prior);
        RandomGenerator random = Streams.of(budget, "draws of means", arm);
        for (double[][] m : means) {
            double chi = 0;
            for (int i = 0; i < own + prior; i++) {
                double z = random.nextGaussian();
                chi += z * z;
            }
            m[budget][arm] = mean + random.nextGaussian() / Math.sqrt(chi / (own + prior)) * Math.sqrt(variance / n);
        }
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

    /**
     * By how much the best mean of some arms must lead one of them for that one not to be the best in truth: the 95 % point of how far chance alone takes any other above
     * it (multiple comparisons with the best, Hsu 1981, <a href="https://doi.org/10.1214/aos/1176345582">doi:10.1214/aos/1176345582</a>). NaN where no draw says anything.
     */
    double lead(Grid grid, int budget, int[] arms, int arm) {
        double[] centre = Arrays.stream(arms).mapToDouble(a -> grid.mean(budget, a).value()).toArray();
        double own = grid.mean(budget, arm).value();
        double[] leads = Arrays.stream(means).mapToDouble(draw -> {
            double most = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < arms.length; i++) {
                double ahead = grid.sign() * (draw[budget][arms[i]] - centre[i] - draw[budget][arm] + own);
                most = arms[i] == arm ? most : Math.max(most, ahead);
            }
            return most;
        }).filter(Double::isFinite).sorted().toArray();
        return leads.length == 0 ? Double.NaN : leads[(int) Math.ceil(0.95 * (leads.length - 1))];
    }
}
