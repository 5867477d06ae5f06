package org.align4j.rewardmodels.online;

import org.align4j.losses.policy.KlRewards;

/**
 * How much a policy pays for leaving its reference.
 *
 * <pre>
 *   fixed:    κ
 *   adaptive: κ ← κ·(1 + clip(KL/target − 1, −0.2, 0.2)·responses/horizon)   after every iteration
 * </pre>
 *
 * <p>Ziegler et al., <a href="https://arxiv.org/abs/1909.08593">Fine-Tuning Language Models from Human Preferences</a> (2019), section 2.2. KL is the mean over
 * an iteration's responses of log π(y) − log π_ref(y), in nats per response. AlpacaFarm's gain of 0.1 per iteration is {@code horizon} = 10·responses.
 *
 * @param rewards the coefficient κ at the start, the estimator of the divergence per token and where the score is paid
 * @param target  the KL to keep to, in nats per response, &gt; 0; 0 for a fixed κ. TRL's older default was 6
 * @param horizon responses over which κ may change by a factor of about 1.2, &gt; 0; 10,000 in TRL
 */
public record KlControl(KlRewards rewards, double target, double horizon) {
    private static final double LARGEST_ERROR = 0.2;

    public KlControl {
        if (!(target >= 0 && target < Double.POSITIVE_INFINITY) || !(horizon > 0)) {
            throw new IllegalArgumentException("KL control: required are target ≥ 0 (0 for a fixed coefficient) and horizon > 0, found " + target + " and " + horizon);
        }
        if (target > 0 && rewards.coefficient() == 0) {
            throw new IllegalArgumentException("KL control: a coefficient that starts at 0 stays 0; give a positive one, or no target");
        }
    }

    /** A fixed κ. */
    public static KlControl fixed(KlRewards rewards) {
        return new KlControl(rewards, 0, 10_000);
    }

    /** Nothing is paid. */
    public static KlControl none() {
        return fixed(new KlRewards(0));
    }

    /** Whether a reference is needed for it. */
    boolean needsReference() {
        return rewards.coefficient() > 0;
    }

    /** The rewards with the coefficient it has come to. */
    KlRewards at(double coefficient) {
        return new KlRewards(coefficient, rewards.estimator(), rewards.sign(), rewards.place());
    }

    /** The coefficient of the next iteration, given this one's and the KL that was seen. */
    public double next(double coefficient, double kl, int responses) {
        if (target == 0) {
            return coefficient;
        }
        double error = Math.max(-LARGEST_ERROR, Math.min(LARGEST_ERROR, kl / target - 1));
        // An iteration of more responses than the horizon must not turn the sign.
        return coefficient * (1 + error * Math.min(1, responses / horizon));
    }
}
