package org.align4j.losses.policy;

import org.align4j.losses.Kl;
import org.align4j.losses.internal.Checks;

/**
 * Rewards per token: a penalty for leaving the reference everywhere, the score of the response at its end.
 *
 * <pre>  r_t = −κ·kl_t + [t is the last state]·score </pre>
 *
 * <p>Ziegler et al., <a href="https://arxiv.org/abs/1909.08593">Fine-Tuning Language Models from Human Preferences</a> (2019). Log-probabilities are
 * those of the policy that sampled; rewards carry no gradient. A state after the last token has no penalty.
 *
 * @param coefficient κ &ge; 0; 0.05 in TRL's PPO
 * @param estimator   estimator of the divergence at one token, K1 in TRL; TRL's older penalty {@code mse} is K2
 * @param sign        what becomes of negative estimates (only K1 has them)
 * @param place       where the score is paid
 */
public record KlRewards(double coefficient, Kl estimator, Sign sign, ScorePlace place) {

    /** What becomes of an estimate that may be negative although the divergence is not. */
    public enum Sign {
        /** It stays: unbiased. */
        SIGNED,
        /** Its absolute value counts (TRL's older penalty {@code abs}). */
        ABSOLUTE,
        /** Negative estimates count as 0 (AlpacaFarm). */
        POSITIVE
    }

    public KlRewards {
        Checks.notNegative("kl rewards", "coefficient", coefficient);
    }

    /** κ, K1 with its sign, score on the last token. */
    public KlRewards(double coefficient) {
        this(coefficient, Kl.K1, Sign.SIGNED, new ScorePlace.LastToken());
    }

    /** κ = 0.05. */
    public KlRewards() {
        this(0.05);
    }

    /** The divergence's estimates kl_t per token, before κ. */
    public double[][] divergence(double[][] logProbs, double[][] reference) {
        Ragged.check("kl rewards", "log-probabilities", logProbs);
        Ragged.check("kl rewards", "reference log-probabilities", reference, "log-probabilities", logProbs);
        double[][] out = Ragged.zeros(logProbs);
        for (int i = 0; i < out.length; i++) {
            for (int t = 0; t < out[i].length; t++) {
                double kl = estimator.value(logProbs[i][t], reference[i][t]);
                out[i][t] = switch (sign) {
                    case SIGNED -> kl;
                    case ABSOLUTE -> Math.abs(kl);
                    case POSITIVE -> Math.max(kl, 0);
                };
            }
        }
        return out;
    }

    /**
     * Rewards of every state, as many as {@link ScorePlace#states} says.
     *
     * @throws IllegalArgumentException when lengths differ or a number is not finite; the message names sequence and token
     */
    public double[][] of(double[][] logProbs, double[][] reference, double[] scores) {
        double[][] kl = divergence(logProbs, reference);
        Ragged.check("kl rewards", "scores", scores, kl.length);
        double[][] rewards = new double[kl.length][];
        for (int i = 0; i < kl.length; i++) {
            rewards[i] = new double[place.states(kl[i].length)];
            for (int t = 0; t < kl[i].length; t++) {
                rewards[i][t] = -coefficient * kl[i][t];
            }
            rewards[i][rewards[i].length - 1] += scores[i];
        }
        return rewards;
    }

    /** Rewards of whole responses, score − κ·Σ_t kl_t, for objectives that take one action per response. */
    public double[] ofResponses(double[][] logProbs, double[][] reference, double[] scores) {
        double[][] rewards = of(logProbs, reference, scores);
        double[] out = new double[rewards.length];
        for (int i = 0; i < out.length; i++) {
            for (double r : rewards[i]) {
                out[i] += r;
            }
        }
        return out;
    }
}
