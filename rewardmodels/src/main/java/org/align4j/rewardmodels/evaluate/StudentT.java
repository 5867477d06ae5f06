package org.align4j.rewardmodels.evaluate;

/** Student's t distribution (<a href="https://doi.org/10.1093/biomet/6.1.1">Student, 1908</a>). */
public final class StudentT {
    private StudentT() {}

    /**
     * P(T ≤ t) = 1 − ½ I(ν ÷ (ν + t²); ν ÷ 2, ½) for t ≥ 0, with the regularised incomplete beta function I.
     *
     * @param freedom degrees of freedom ν, more than 0
     */
    public static double cdf(double t, double freedom) {
        if (!(freedom > 0)) {
            throw new IllegalArgumentException("degrees of freedom must be more than 0, found " + freedom);
        }
        double tail = beta(freedom / (freedom + t * t), t * t / (freedom + t * t), freedom / 2, 0.5) / 2;
        return t < 0 ? tail : 1 - tail;
    }

    /** The t with P(T ≤ t) = p by halving, to nine digits or more for up to a million degrees of freedom; p is between 0 and 1. */
    public static double quantile(double p, double freedom) {
        if (!(p > 0 && p < 1)) {
            throw new IllegalArgumentException("a probability must be between 0 and 1, found " + p);
        }
        if (p < 0.5) {
            return -quantile(1 - p, freedom);
        }
        double low = 0;
        double high = 1;
        while (cdf(high, freedom) < p) {
            low = high;
            high *= 2;
        }
        for (int i = 0; i < 100 && high > low; i++) {
            double middle = (low + high) / 2;
            if (cdf(middle, freedom) < p) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2;
    }

    /** I(x; a, b); y is 1 − x, given apart so that nothing of it is lost near 1. */
    private static double beta(double x, double y, double a, double b) {
        if (x <= 0 || y <= 0) {
            return x <= 0 ? 0 : 1;
        }
        double front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(y));
        return x < (a + 1) / (a + b + 2) ? front * fraction(x, a, b) / a : 1 - front * fraction(y, b, a) / b;
    }

    /** The continued fraction of the incomplete beta function (<a href="https://dlmf.nist.gov/8.17.22">DLMF 8.17.22</a>), by Lentz's method. */
    private static double fraction(double x, double a, double b) {
        double c = 1;
        double d = 0;
        double value = 1;
        for (int j = 1; j < 10_000; j++) {
            int m = j / 2;
            double term = j % 2 == 0 ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)) : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / away(1 + term * d);
            c = away(1 + term / c);
            value *= c * d;
            if (Math.abs(c * d - 1) < 1e-15) {
                break;
            }
        }
        return 1 / value;
    }

    /** Away from 0, which Lentz's method divides by. */
    private static double away(double v) {
        return Math.abs(v) < 1e-300 ? 1e-300 : v;
    }

    /** ln Γ(x) for x > 0 by Stirling's series (<a href="https://dlmf.nist.gov/5.11.1">DLMF 5.11.1</a>), small x brought up by Γ(x + 1) = x Γ(x). */
    static double logGamma(double x) {
        double shift = 0;
        double z = x;
        while (z < 12) {
            shift += Math.log(z);
            z++;
        }
        double i = 1 / (z * z);
        double series = (1.0 / 12 - i * (1.0 / 360 - i * (1.0 / 1260 - i * (1.0 / 1680 - i * (1.0 / 1188 - i * 691.0 / 360360))))) / z;
        return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
    }
}
