package org.align4j.losses.reward;

import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/**
 * Direct preference head, contrastive form: the Bradley–Terry loss with labels smoothed by ε.
 *
 * <pre>
 *   L = −(1−ε)·log σ(r_w − r_l) − ε·log σ(r_l − r_w)
 *   ∂L/∂r_w = ε·σ(r_w − r_l) − (1−ε)·σ(r_l − r_w) = −∂L/∂r_l
 * </pre>
 *
 * <p>It is least at r_w − r_l = log((1−ε)/ε). Hadji-Kyriacou and Arandjelović, <a href="https://arxiv.org/abs/2405.20053">Would I Lie To You?
 * Inference Time Alignment of Language Models using Direct Preference Heads</a> (2024).
 *
 * @param epsilon ε in [0, 0.5), default 0.1
 */
public record ContrastiveDphLoss(double epsilon) implements PairRewardLoss {

    public ContrastiveDphLoss {
        Checks.smoothing("dph_contrastive", epsilon);
    }

    /** ε = 0.1. */
    public ContrastiveDphLoss() {
        this(0.1);
    }

    @Override
    public String name() {
        return "dph_contrastive";
    }

    @Override
    public Value of(double chosen, double rejected, double margin) {
        double z = chosen - rejected;
        double g = epsilon * LogSigmoid.sigmoid(z) - (1 - epsilon) * LogSigmoid.sigmoid(-z);
        return new Value((1 - epsilon) * LogSigmoid.softplus(-z) + epsilon * LogSigmoid.softplus(z), g, -g);
    }
}
