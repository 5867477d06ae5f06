package org.align4j.losses.internal;

/** Softmax and its logarithm without overflow. */
public final class Softmax {
    private Softmax() {
    }

    /** log Σ e^x of finite numbers. */
    public static double logSumExp(double[] x) {
        double max = Double.NEGATIVE_INFINITY;
        for (double v : x) {
            max = Math.max(max, v);
        }
        double sum = 0;
        for (double v : x) {
            sum += Math.exp(v - max);
        }
        return max + Math.log(sum);
    }

    /** e^{x_i} / Σ e^x. */
    public static double[] of(double[] x) {
        double log = logSumExp(x);
        double[] p = new double[x.length];
        for (int i = 0; i < p.length; i++) {
            p[i] = Math.exp(x[i] - log);
        }
        return p;
    }

    /**
     * The cross entropy −Σ_i weight_i·log softmax(x)_i; its gradient (Σ weight)·softmax(x)_i − weight_i is added to {@code gradient}.
     */
    public static double crossEntropy(double[] x, double[] weight, double[] gradient) {
        double log = logSumExp(x);
        double loss = 0;
        double total = 0;
        for (int i = 0; i < x.length; i++) {
            loss += weight[i] * (log - x[i]);
            total += weight[i];
        }
        for (int i = 0; i < x.length; i++) {
            gradient[i] += total * Math.exp(x[i] - log) - weight[i];
        }
        return loss;
    }
}
