package org.align4j.rewardmodels.winrate;

import org.align4j.rewardmodels.internal.Logistic;

/**
 * Logistic regression with an L1 penalty and probabilities as targets, without an intercept of its own (as liblinear states it,
 * <a href="https://www.jmlr.org/papers/v9/fan08a.html">Fan et al., 2008</a>):
 *
 * <p>min over w of ‖w‖₁ + C Σ_i s_i · [p_i ln(1 + e^(−x_i·w)) + (1 − p_i) ln(1 + e^(x_i·w))]
 *
 * <p>Solved by Newton's method with coordinate descent for the penalised quadratic of each step and a line search
 * (<a href="https://www.jmlr.org/papers/v13/yuan12a.html">Yuan, Ho and Lin, 2012</a>). The penalty keeps w finite where the data are separable.
 */
final class L1Logistic {
    private static final int STEPS = 200;
    /** Features that nearly repeat each other take many; a sweep costs as much as there are pairs of features. */
    private static final int SWEEPS = 100_000;
    /** By which w may miss the conditions of the optimum, against the sum of the gradient's magnitudes: some digits above rounding. */
    private static final double TOLERANCE = 1e-13;

    private final double[][] x;
    private final double[] p;
    private final double[] s;
    private final double c;
    private final int n;
    private final int d;

    /**
     * @param x rows of features, all of the same length
     * @param p targets from 0 to 1
     * @param s weights of rows, 0 or more
     * @param c strength of the data against the penalty, more than 0
     */
    L1Logistic(double[][] x, double[] p, double[] s, double c) {
        if (x.length == 0 || p.length != x.length || s.length != x.length) {
            throw new IllegalArgumentException("each row needs features, a target and a weight, found " + x.length + ", " + p.length + " and " + s.length);
        }
        if (!(c > 0 && Double.isFinite(c))) {
            throw new IllegalArgumentException("the strength C must be more than 0, found " + c);
        }
        this.x = x;
        this.p = p;
        this.s = s;
        this.c = c;
        n = x.length;
        d = x[0].length;
    }

    /** The minimum, looked for from w. */
    double[] solve(double... start) {
        Point at = new Point(start.clone());
        for (int step = 0; step < STEPS && at.violation() > TOLERANCE * Math.max(1, at.size); step++) {
            double[] move = direction(at.w, at.g, at.h);
            double promised = promised(at.w, at.g, move);
            // What is left to gain may be less than the rounding of the sum.
            double slack = 1e-14 * Math.abs(at.value);
            double rate = 1;
            Point next = new Point(moved(at.w, move, rate));
            while (!(next.value <= at.value + 1e-4 * rate * promised + slack) && rate > 1e-12) {
                rate /= 2;
                next = new Point(moved(at.w, move, rate));
            }
            if (!(next.value < at.value) && !(next.violation() < at.violation())) {
                break;
            }
            at = next;
        }
        return at.w;
    }

    /** The objective. */
    double value(double[] w) {
        return new Point(w).value;
    }

    /** By how much w misses the conditions of the optimum: g_j = −sign(w_j), or |g_j| ≤ 1 where w_j is 0, with g the gradient of the data's part. */
    double violation(double[] w) {
        return new Point(w).violation();
    }

    /** The objective at w, the gradient and second derivatives of the data's part, and the sum of the magnitudes that the gradient is made of: one look at the rows. */
    private final class Point {
        private final double[] w;
        private final double[] g = new double[d];
        private final double[][] h = new double[d][d];
        private final double value;
        private final double size;

        Point(double[] w) {
            this.w = w;
            double loss = 0;
            double magnitudes = 0;
            for (int i = 0; i < n; i++) {
                double[] row = x[i];
                double z = dot(row, w);
                double q = Logistic.sigmoid(z);
                double slope = c * s[i] * (q - p[i]);
                double curve = c * s[i] * q * (1 - q);
                loss += s[i] * (Logistic.softplus(z) - p[i] * z);
                for (int j = 0; j < d; j++) {
                    g[j] += slope * row[j];
                    magnitudes += Math.abs(slope * row[j]);
                    for (int k = 0; k <= j; k++) {
                        h[j][k] += curve * row[j] * row[k];
                    }
                }
            }
            double norm = 0;
            for (int j = 0; j < d; j++) {
                norm += Math.abs(w[j]);
                // Where the data say nothing about a direction the penalty still does.
                h[j][j] += 1e-12 * (1 + h[j][j]);
                for (int k = 0; k < j; k++) {
                    h[k][j] = h[j][k];
                }
            }
            value = norm + c * loss;
            size = magnitudes;
        }

        double violation() {
            double worst = 0;
            for (int j = 0; j < d; j++) {
                worst = Math.max(worst, w[j] == 0 ? Math.abs(g[j]) - 1 : Math.abs(g[j] + Math.signum(w[j])));
            }
            return worst;
        }
    }

    /** Minimises g·m + ½ m'Hm + ‖w + m‖₁ over m, one coordinate after the other. */
    private double[] direction(double[] w, double[] g, double[][] h) {
        double[] m = new double[d];
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            double change = 0;
            for (int j = 0; j < d; j++) {
                double slope = g[j] + dot(h[j], m) - h[j][j] * (w[j] + m[j]);
                double best = Math.abs(slope) <= 1 ? 0 : -(slope - Math.signum(slope)) / h[j][j];
                double old = m[j];
                m[j] = best - w[j];
                change = Math.max(change, Math.abs(m[j] - old));
            }
            if (change < 1e-14) {
                break;
            }
        }
        return m;
    }

    private static double promised(double[] w, double[] g, double[] move) {
        double sum = 0;
        for (int j = 0; j < w.length; j++) {
            sum += g[j] * move[j] + Math.abs(w[j] + move[j]) - Math.abs(w[j]);
        }
        return sum;
    }

    static double[] moved(double[] w, double[] move, double rate) {
        double[] out = new double[w.length];
        for (int j = 0; j < w.length; j++) {
            out[j] = w[j] + rate * move[j];
        }
        return out;
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int j = 0; j < a.length; j++) {
            sum += a[j] * b[j];
        }
        return sum;
    }
}
