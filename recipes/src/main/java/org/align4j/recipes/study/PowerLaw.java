package org.align4j.recipes.study;

import java.util.Arrays;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.Interval;

/**
 * P(D) = k·D<sup>1/b</sup>, by least squares of ln P on ln D over the budgets' means.
 *
 * @param k        the factor
 * @param exponent 1/b with its 95 % interval by {@link Draws}
 * @param r2       share of the variance of ln P that the line explains; NaN where P is the same everywhere
 * @param points   budgets it rests on
 */
record PowerLaw(double k, Interval exponent, double r2, int points) {
    /** Below it a line does not describe the points. */
    static final double GOOD = 0.9;

    /** The line through points. */
    record Line(double k, double exponent, double r2) {
        /** NaN throughout for fewer than two points; points that are not positive numbers are left out. */
        static Line of(double[] d, double[] p) {
            int[] ok = IntStream.range(0, d.length).filter(i -> d[i] > 0 && p[i] > 0).toArray();
            double mx = Arrays.stream(ok).mapToDouble(i -> Math.log(d[i])).average().orElse(Double.NaN);
            double my = Arrays.stream(ok).mapToDouble(i -> Math.log(p[i])).average().orElse(Double.NaN);
            double xx = 0;
            double xy = 0;
            double yy = 0;
            for (int i : ok) {
                double x = Math.log(d[i]) - mx;
                double y = Math.log(p[i]) - my;
                xx += x * x;
                xy += x * y;
                yy += y * y;
            }
            double slope = ok.length < 2 ? Double.NaN : xy / xx;
            return new Line(Math.exp(my - slope * mx), slope, yy == 0 ? Double.NaN : xy * xy / (xx * yy));
        }
    }

    /**
     * Of what a grid says at its budgets.
     *
     * @param value of a budget's means by arm, such as that of one arm or of the best one
     */
    static PowerLaw of(Grid grid, Draws draws, ToDoubleBiFunction<Integer, double[]> value) {
        double[] d = grid.budgets().stream().mapToDouble(Double::doubleValue).toArray();
        double[] p = IntStream.range(0, d.length).mapToDouble(b -> value.applyAsDouble(b, Arrays.stream(grid.allArms()).mapToDouble(a -> grid.mean(b, a).value()).toArray())).toArray();
        Line line = Line.of(d, p);
        double[] exponents = Arrays.stream(draws.means())
                .mapToDouble(m -> Line.of(d, IntStream.range(0, d.length).mapToDouble(b -> value.applyAsDouble(b, m[b])).toArray()).exponent())
                .filter(v -> !Double.isNaN(v)).sorted().toArray();
        Interval exponent = exponents.length < 2 ? new Interval(line.exponent(), Double.NaN, Double.NaN)
                : new Interval(line.exponent(), Bootstrap.quantile(exponents, 0.025), Bootstrap.quantile(exponents, 0.975));
        return new PowerLaw(line.k(), exponent, line.r2(), (int) Arrays.stream(p).filter(v -> v > 0).count());
    }

    /** What it says at a budget. */
    double at(double budget) {
        return k * Math.pow(budget, exponent.value());
    }

    /** The b of D<sup>1/b</sup>. */
    double b() {
        return 1 / exponent.value();
    }

    /** Whether a power law describes the points: enough of them, and a line that explains them. */
    boolean good() {
        return points >= 3 && r2 >= GOOD;
    }
}
