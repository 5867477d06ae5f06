package org.align4j.rewardmodels.internal;

/** The logistic function and ln(1 + e^z), without overflow. */
public final class Logistic {
    private Logistic() {}

    /** σ(z) = 1 ÷ (1 + e^(−z)). */
    public static double sigmoid(double z) {
        return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
    }

    /** ln(1 + e^z) = −ln σ(−z). */
    public static double softplus(double z) {
        return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
    }
}
