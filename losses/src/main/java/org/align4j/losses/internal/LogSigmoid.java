package org.align4j.losses.internal;

/** Logistic function and its logarithm without overflow or cancellation, for any finite argument. */
public final class LogSigmoid {
    private LogSigmoid() {
    }

    /** σ(z) = 1 / (1 + e^−z). Only negative exponents are taken, so that nothing overflows and small values keep their digits. */
    public static double sigmoid(double z) {
        if (z >= 0) {
            return 1 / (1 + Math.exp(-z));
        }
        double e = Math.exp(z);
        return e / (1 + e);
    }

    /** log(1 + e^z). */
    public static double softplus(double z) {
        return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
    }

    /** log σ(z) = −softplus(−z). */
    public static double logSigmoid(double z) {
        return -softplus(-z);
    }
}
