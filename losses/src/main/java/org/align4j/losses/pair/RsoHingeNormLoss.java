package org.align4j.losses.pair;

import org.align4j.losses.internal.Checks;

/**
 * The hinge loss of RSO on log-ratios to a reference (hinge-norm): TRL's {@code hinge}.
 *
 * <pre>
 *   L = max(0, 1 − γh),   h = d_w − d_l
 *   ∂L/∂log π(y_w) = −γ while h is below 1/γ, else 0;  ∂L/∂log π(y_l) is its negative
 * </pre>
 *
 * <p>Liu et al., <a href="https://arxiv.org/abs/2309.06657">Statistical Rejection Sampling Improves Preference Optimization</a> (2023).
 *
 * @param gamma γ &gt; 0; the margin is 1/γ nats; default 0.05; TRL's beta, 0.1 there
 */
public record RsoHingeNormLoss(double gamma) implements PairLoss {

    public RsoHingeNormLoss {
        Checks.positive("rso_hinge_norm", "gamma", gamma);
    }

    /** γ = 0.05. */
    public RsoHingeNormLoss() {
        this(0.05);
    }

    @Override
    public String name() {
        return "rso_hinge_norm";
    }

    @Override
    public double rewardScale() {
        return gamma;
    }

    @Override
    public Pair.Value of(Pair pair) {
        Curve c = Shape.HINGE.of(pair.margin(), gamma, 0);
        return Pair.Value.ofDifference(c.value(), c.slope());
    }
}
