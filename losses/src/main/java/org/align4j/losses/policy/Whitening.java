package org.align4j.losses.policy;

import org.align4j.losses.internal.Checks;

/**
 * Whitening over all tokens of a batch.
 *
 * <pre>
 *   x' = (x − mean) / √(var + ε)            shiftMean
 *   x' = (x − mean) / √(var + ε) + mean     else (rewards: their sign and level stay)
 * </pre>
 *
 * <p>The variance is the unbiased one, Σ(x − mean)² / (n − 1). Advantages are whitened with, rewards without the shift
 * (<a href="https://arxiv.org/abs/1909.08593">Ziegler et al. 2019</a>). Fewer than two numbers have no variance and are an
 * {@link IllegalArgumentException}.
 *
 * @param shiftMean whether the mean becomes 0
 * @param epsilon   ε &gt; 0, 1e-8 as in TRL
 */
public record Whitening(boolean shiftMean, double epsilon) {
    public Whitening {
        Checks.positive("whitening", "epsilon", epsilon);
    }

    /** ε = 1e-8. */
    public Whitening(boolean shiftMean) {
        this(shiftMean, 1e-8);
    }

    /** Mean and unbiased variance of all numbers. */
    public record Moments(double mean, double variance) {

        public static Moments of(double[][] rows) {
            Ragged.check("whitening", "values", rows);
            long n = 0;
            double sum = 0;
            for (double[] row : rows) {
                for (double v : row) {
                    sum += v;
                    n++;
                }
            }
            if (n < 2) {
                throw new IllegalArgumentException("whitening: one value has no variance, required are at least two");
            }
            double mean = sum / n;
            double squares = 0;
            for (double[] row : rows) {
                for (double v : row) {
                    squares += (v - mean) * (v - mean);
                }
            }
            return new Moments(mean, squares / (n - 1));
        }
    }

    /** Whitens by the values' own moments. */
    public double[][] of(double[][] rows) {
        return of(rows, Moments.of(rows));
    }

    /** Whitens by given moments: those of a whole batch of which these rows are a part. */
    public double[][] of(double[][] rows, Moments m) {
        double scale = 1 / Math.sqrt(m.variance() + epsilon);
        double[][] out = Ragged.zeros(rows);
        for (int i = 0; i < rows.length; i++) {
            for (int t = 0; t < rows[i].length; t++) {
                out[i][t] = (rows[i][t] - m.mean()) * scale + (shiftMean ? 0 : m.mean());
            }
        }
        return out;
    }
}
