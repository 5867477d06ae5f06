package org.align4j.losses.reward;

import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/**
 * Direct preference head, separable form: each reward is the logit of its response being a good one, labels smoothed by ε.
 *
 * <pre>
 *   L = −(1−ε)·log σ(r_w) − ε·log σ(−r_w) − ε·log σ(r_l) − (1−ε)·log σ(−r_l)
 *   ∂L/∂r_w = ε·σ(r_w) − (1−ε)·σ(−r_w)      ∂L/∂r_l = (1−ε)·σ(r_l) − ε·σ(−r_l)
 * </pre>
 *
 * <p>It is least at r_w = log((1−ε)/ε) = −r_l, so that with ε &gt; 0 rewards stay bounded. Hadji-Kyriacou and Arandjelović,
 * <a href="https://arxiv.org/abs/2405.20053">Would I Lie To You? Inference Time Alignment of Language Models using Direct Preference Heads</a>
 * (2024).
 *
 * @param epsilon ε in [0, 0.5), default 0.1
 */
public record SeparableDphLoss(double epsilon) implements PairRewardLoss {

    public SeparableDphLoss {
        Checks.smoothing("dph_separable", epsilon);
    }

    /** ε = 0.1. */
    public SeparableDphLoss() {
        this(0.1);
    }

    @Override
    public String name() {
        return "dph_separable";
    }

    @Override
    public Value of(double chosen, double rejected, double margin) {
        return new Value(good(chosen) + good(-rejected), slope(chosen), -slope(-rejected));
    }

    private double good(double r) {
        return (1 - epsilon) * LogSigmoid.softplus(-r) + epsilon * LogSigmoid.softplus(r);
    }

    private double slope(double r) {
        return epsilon * LogSigmoid.sigmoid(r) - (1 - epsilon) * LogSigmoid.sigmoid(-r);
    }
}
