package org.align4j.losses;

/**
 * Estimators of KL(π‖π_ref) at one token that was sampled from π, after J. Schulman,
 * <a href="http://joschu.net/blog/kl-approx.html">Approximating KL Divergence</a> (2020). With r = log π_ref(y_t) − log π(y_t), in nats:
 *
 * <pre>
 *   K1 = −r                unbiased, may be negative
 *   K2 = ½·r²              biased, never negative
 *   K3 = e^r − 1 − r       unbiased, never negative
 * </pre>
 */
public enum Kl {
    K1 {
        @Override
        public double value(double logProb, double reference) {
            return logProb - reference;
        }

        @Override
        public double derivative(double logProb, double reference) {
            return 1;
        }
    },
    K2 {
        @Override
        public double value(double logProb, double reference) {
            return 0.5 * (logProb - reference) * (logProb - reference);
        }

        @Override
        public double derivative(double logProb, double reference) {
            return logProb - reference;
        }
    },
    K3 {
        @Override
        public double value(double logProb, double reference) {
            double r = reference - logProb;
            return Math.expm1(r) - r;
        }

        @Override
        public double derivative(double logProb, double reference) {
            return -Math.expm1(reference - logProb);
        }
    };

    /** The estimate; infinite where e^r overflows. */
    public abstract double value(double logProb, double reference);

    /** ∂estimate/∂(log π(y_t)). */
    public abstract double derivative(double logProb, double reference);
}
