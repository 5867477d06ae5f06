package org.align4j.losses.pair;

import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/**
 * An f-divergence that holds the policy to its reference, as what it makes of a log-ratio r = log π(y) − log π_ref(y): the score f'(e^r).
 *
 * <p>Exponents are capped at {@value #MAX_EXPONENT}, as in TRL: beyond it a score stays where it is and has no slope. TRL leaves the forward KL
 * divergence uncapped.
 */
public sealed interface Divergence {

    /** The largest exponent taken. */
    double MAX_EXPONENT = 80;

    /** f'(e^r). */
    double score(double ratio);

    /** ∂score/∂r. */
    double slope(double ratio);

    /** KL(π‖π_ref), the divergence of plain DPO: score r. */
    static Divergence reverseKl() {
        return new ReverseKl();
    }

    /** KL(π_ref‖π): score 1 − e^−r, which is {@code alpha(0)}. */
    static Divergence forwardKl() {
        return new Alpha(0);
    }

    /** Jensen-Shannon: score log 2 + log σ(r). */
    static Divergence js() {
        return new JensenShannon();
    }

    /**
     * The α family: score (e^((α−1)·r) − 1)/(α−1); the forward KL divergence at α = 0, the reverse one in the limit α → 1. TRL's default is 0.5.
     *
     * @param alpha α, finite and not 1
     */
    static Divergence alpha(double alpha) {
        return new Alpha(alpha);
    }

    /**
     * The α family as TRL wrote it up to 0.22: score (1 − e^(−a·r))/a, which is {@code alpha(1 − a)}.
     *
     * @param a finite and not 0; 1, the default there, is the forward KL divergence
     */
    static Divergence legacyAlpha(double a) {
        return new Alpha(1 - a);
    }

    /** See {@link Divergence#reverseKl}. */
    record ReverseKl() implements Divergence {
        @Override
        public double score(double ratio) {
            return ratio;
        }

        @Override
        public double slope(double ratio) {
            return 1;
        }
    }

    /** See {@link Divergence#js}. */
    record JensenShannon() implements Divergence {
        @Override
        public double score(double ratio) {
            return Math.log(2) + LogSigmoid.logSigmoid(ratio);
        }

        @Override
        public double slope(double ratio) {
            return LogSigmoid.sigmoid(-ratio);
        }
    }

    /** See {@link Divergence#alpha}. */
    record Alpha(double alpha) implements Divergence {
        public Alpha {
            Checks.finite("f_dpo", "alpha", alpha);
            if (alpha == 1) {
                throw new IllegalArgumentException("f_dpo: alpha must not be 1, where the divergence is the reverse KL; use reverse_kl");
            }
        }

        @Override
        public double score(double ratio) {
            return Math.expm1(Math.min((alpha - 1) * ratio, MAX_EXPONENT)) / (alpha - 1);
        }

        @Override
        public double slope(double ratio) {
            double exponent = (alpha - 1) * ratio;
            return exponent > MAX_EXPONENT ? 0 : Math.exp(exponent);
        }
    }
}
