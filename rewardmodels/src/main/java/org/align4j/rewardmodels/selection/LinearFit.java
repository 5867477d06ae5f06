package org.align4j.rewardmodels.selection;

import java.util.Arrays;

/**
 * Least squares: y ≈ c_0 + Σ c_j x_j, by the normal equations of the centred indicators. Refits the coefficients of {@link InstructionMining} on the losses of one's own runs.
 *
 * @param coefficients the intercept, then one for every indicator
 * @param rSquared     share of the variance explained, at most 1; NaN where y is constant
 */
public record LinearFit(double[] coefficients, double rSquared) {

    /**
     * @param x one array of indicators for every observation
     * @throws IllegalArgumentException when observations are too few or indicators depend on each other
     */
    public static LinearFit of(double[][] x, double[] y) {
        int n = y.length;
        int p = n == 0 ? 0 : x[0].length;
        if (x.length != n || n <= p) {
            throw new IllegalArgumentException("A fit of " + p + " indicators needs one row per value and more than " + p + " of them, found " + x.length + " rows and " + n + " values");
        }
        double[] mean = new double[p];
        for (double[] row : x) {
            for (int j = 0; j < p; j++) {
                mean[j] += row[j] / n;
            }
        }
        double meanY = Arrays.stream(y).average().orElseThrow();
        double[][] a = new double[p][p + 1];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < p; j++) {
                for (int k = 0; k < p; k++) {
                    a[j][k] += (x[i][j] - mean[j]) * (x[i][k] - mean[k]);
                }
                a[j][p] += (x[i][j] - mean[j]) * (y[i] - meanY);
            }
        }
        double[] c = solve(a);
        double[] all = new double[p + 1];
        System.arraycopy(c, 0, all, 1, p);
        all[0] = meanY;
        for (int j = 0; j < p; j++) {
            all[0] -= c[j] * mean[j];
        }
        return new LinearFit(all, rSquared(x, y, all, meanY));
    }

    private static double rSquared(double[][] x, double[] y, double[] c, double meanY) {
        double left = 0;
        double total = 0;
        for (int i = 0; i < y.length; i++) {
            double fitted = c[0];
            for (int j = 0; j < x[i].length; j++) {
                fitted += c[j + 1] * x[i][j];
            }
            left += (y[i] - fitted) * (y[i] - fitted);
            total += (y[i] - meanY) * (y[i] - meanY);
        }
        return total == 0 ? Double.NaN : 1 - left / total;
    }

    /** Gauss–Jordan elimination with the largest pivot of the column. */
    private static double[] solve(double[][] a) {
        int p = a.length;
        double[] scale = new double[p];
        Arrays.setAll(scale, j -> a[j][j]);
        for (int col = 0; col < p; col++) {
            int pivot = col;
            for (int r = col + 1; r < p; r++) {
                pivot = Math.abs(a[r][col]) > Math.abs(a[pivot][col]) ? r : pivot;
            }
            double[] swap = a[pivot];
            a[pivot] = a[col];
            a[col] = swap;
            if (!(Math.abs(a[col][col]) > 1e-12 * scale[col])) {
                throw new IllegalArgumentException("Indicator " + (col + 1) + " is constant or a combination of the others, so that its coefficient is not determined");
            }
            for (int r = 0; r < p; r++) {
                double factor = r == col ? 0 : a[r][col] / a[col][col];
                for (int k = col; k <= p && factor != 0; k++) {
                    a[r][k] -= factor * a[col][k];
                }
            }
        }
        double[] c = new double[p];
        Arrays.setAll(c, j -> a[j][p] / a[j][j]);
        return c;
    }
}
