package org.align4j.losses;

/**
 * Estimators of the Kullback–Leibler divergence KL(π‖π_ref) from the log-probabilities of a token drawn from π, in nats. With Δ = log π_ref − log π:
 *
 * <pre>
 *   K1 = −Δ               ∂K1/∂log π = 1
 *   K2 = Δ²/2             ∂K2/∂log π = −Δ
 *   K3 = e^Δ − 1 − Δ      ∂K3/∂log π = 1 − e^Δ
 * </pre>
 *
 * <p>K1 is unbiased but may be negative; K2 is biased, never negative, and its gradient is that of the divergence in expectation; K3 is unbiased
 * and never negative. See J. Schulman, <a href="http://joschu.net/blog/kl-approx.html">Approximating KL Divergence</a> (2020). Each depends on Δ
 * alone, so the derivative by log π_ref is the negative of that by log π.
 *
 * <p>Extremes: above Δ = {@value #MAX_EXPONENT}, e^Δ is continued by its tangent, so that value and derivative stay finite, agree with each other,
 * and still push the policy back.
 */
public enum Kl {
    /** log π − log π_ref. */
    K1,
    /** Half its square. */
    K2,
    /** π_ref/π − 1 − log(π_ref/π). */
    K3;

    /** Δ up to which e^Δ is taken as it is: e^80 ≈ 5.5e34 is still finite in single precision. */
    public static final double MAX_EXPONENT = 80;

    /** The estimate for one token. */
    public double value(double policy, double reference) {
        double d = reference - policy;
        return switch (this) {
            case K1 -> policy - reference;
            case K2 -> d * d / 2;
            case K3 -> d > MAX_EXPONENT ? Math.exp(MAX_EXPONENT) * (1 + d - MAX_EXPONENT) - 1 - d : Math.expm1(d) - d;
        };
    }

    /** ∂value/∂(log-probability under the policy). */
    public double derivative(double policy, double reference) {
        double d = reference - policy;
        return switch (this) {
            case K1 -> 1;
            case K2 -> -d;
            case K3 -> -Math.expm1(Math.min(d, MAX_EXPONENT));
        };
    }
}
