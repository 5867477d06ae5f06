package org.align4j.losses.pair;

import org.align4j.losses.internal.Checks;

/**
 * The sigmoid-norm loss of RSO: the formula of DPO, named γ and used on pairs sampled from the estimated optimal policy.
 *
 * <pre>
 *   L = −log σ(γh),   h = d_w − d_l
 *   ∂L/∂log π(y_w) = −γ·σ(−γh) = −∂L/∂log π(y_l)
 * </pre>
 *
 * <p>"Norm" is by the reference, not by length; TRL's {@code sigmoid_norm} is {@link DpoNormLoss}.
 * Liu et al., <a href="https://arxiv.org/abs/2309.06657">Statistical Rejection Sampling Improves Preference Optimization</a> (2023).
 *
 * @param gamma γ &gt; 0; default 0.05
 */
public record RsoSigmoidNormLoss(double gamma) implements PairLoss {

    public RsoSigmoidNormLoss {
        Checks.positive("rso_sigmoid_norm", "gamma", gamma);
    }

    /** γ = 0.05. */
    public RsoSigmoidNormLoss() {
        this(0.05);
    }

    @Override
    public String name() {
        return "rso_sigmoid_norm";
    }

    @Override
    public double rewardScale() {
        return gamma;
    }

    @Override
    public Pair.Value of(Pair pair) {
        Curve c = Shape.SIGMOID.of(pair.margin(), gamma, 0);
        return Pair.Value.ofDifference(c.value(), c.slope());
    }
}
