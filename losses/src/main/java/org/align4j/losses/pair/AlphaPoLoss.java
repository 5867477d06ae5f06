package org.align4j.losses.pair;

import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * AlphaPO: SimPO with the shape of the reward as a parameter.
 *
 * <pre>
 *   m(y) = log π(y)/|y|,   r(y) = (1 − e^(−α·m(y)))/α   (m itself for α → 0)
 *   z = β·(r(y_w) − r(y_l) − γ/β)
 *   L = −log σ(z)
 *   ∂L/∂log π(y_w) = −β·σ(−z)·e^(−α·m(y_w))/|y_w|,   ∂L/∂log π(y_l) = β·σ(−z)·e^(−α·m(y_l))/|y_l|
 * </pre>
 *
 * <p>With α &gt; 0 unlikely responses are pushed harder, with α &lt; 0 softer; α = 0 is SimPO. This is TRL's {@code simpo} with {@code alpha}; the logged
 * rewards are β·r. An α·m beyond what e^x can hold is refused by name.
 * Gupta et al., <a href="https://arxiv.org/abs/2501.03884">AlphaPO: Reward Shape Matters for LLM Alignment</a> (2025).
 *
 * @param beta           β &gt; 0; default 2.5, the paper's for Mistral-7B-Instruct
 * @param gammaBetaRatio γ/β at least 0; default 0.1, SimPO's for the same model; TRL's simpo_gamma divided by beta
 * @param alpha          α, any finite number; default 0.25, the paper's for Mistral-7B-Instruct
 */
public record AlphaPoLoss(double beta, double gammaBetaRatio, double alpha) implements PairLoss {

    public AlphaPoLoss {
        Checks.positive("alphapo", "beta", beta);
        Checks.notNegative("alphapo", "gamma_beta_ratio", gammaBetaRatio);
        Checks.finite("alphapo", "alpha", alpha);
    }

    /** β = 2.5, γ/β = 0.1, α = 0.25. */
    public AlphaPoLoss() {
        this(2.5, 0.1, 0.25);
    }

    private double shaped(double mean) {
        return alpha == 0 ? mean : -Math.expm1(-alpha * mean) / alpha;
    }

    @Override
    public double reward(double ratio, int length) {
        return beta * shaped(ratio / length);
    }

    @Override
    public String name() {
        return "alphapo";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.PAIR, Needs.Reduction.MEAN);
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    @Override
    public Pair.Value of(Pair pair) {
        double chosen = pair.chosen() / pair.chosenLength();
        double rejected = pair.rejected() / pair.rejectedLength();
        Curve c = Shape.SIGMOID.of(shaped(chosen) - shaped(rejected) - gammaBetaRatio, beta, 0);
        return new Pair.Value(c.value(), c.slope() * Math.exp(-alpha * chosen) / pair.chosenLength(),
                -c.slope() * Math.exp(-alpha * rejected) / pair.rejectedLength());
    }
}
