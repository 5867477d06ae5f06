package org.align4j.losses.internal;

/** Logistic function, its logarithm and that of 1 − e^x, without overflow or cancellation. */
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

    /** log(1 − e^x) for x &lt; 0, by whichever of the two forms does not cancel. */
    public static double log1mexp(double x) {
        return x > -Math.log(2) ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x));
    }
}
