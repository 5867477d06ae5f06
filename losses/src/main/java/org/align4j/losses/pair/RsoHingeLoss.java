package org.align4j.losses.pair;

import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * The hinge loss of RSO, its form of SLiC: on log-probabilities, without a reference.
 *
 * <pre>
 *   L = max(0, 1 − γ·(log π(y_w) − log π(y_l)))
 *   ∂L/∂log π(y_w) = −γ while the margin is below 1/γ, else 0;  ∂L/∂log π(y_l) is its negative
 * </pre>
 *
 * <p>Not {@link SlicHfLoss}, which adds a regularizer and has its margin in nats, and not {@link RsoHingeNormLoss}, which is relative to a reference.
 * Liu et al., <a href="https://arxiv.org/abs/2309.06657">Statistical Rejection Sampling Improves Preference Optimization</a> (2023).
 *
 * @param gamma γ &gt; 0; the margin is 1/γ nats; default 0.05, the best of 0.005, 0.05 and 0.5 in the paper
 */
public record RsoHingeLoss(double gamma) implements PairLoss {

    public RsoHingeLoss {
        Checks.positive("rso_hinge", "gamma", gamma);
    }

    /** γ = 0.05. */
    public RsoHingeLoss() {
        this(0.05);
    }

    @Override
    public String name() {
        return "rso_hinge";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.PAIR, Needs.Reduction.SUM);
    }

    @Override
    public double rewardScale() {
        return gamma;
    }

    @Override
    public Pair.Value of(Pair pair) {
        Curve c = Shape.HINGE.of(pair.chosen() - pair.rejected(), gamma, 0);
        return Pair.Value.ofDifference(c.value(), c.slope());
    }
}
