package org.align4j.losses.pair;

import org.align4j.losses.internal.Checks;

/**
 * MinorDPO: DPO that stops pushing a rejected response down once the policy likes it less than the reference does.
 *
 * <pre>
 *   z = β·(d_w − max(0, d_l))
 *   L = −log σ(z)
 *   ∂L/∂log π(y_w) = −β·σ(−z),   ∂L/∂log π(y_l) = β·σ(−z) where d_l &gt; 0, else exactly 0
 * </pre>
 *
 * <p>Xie et al., <a href="https://arxiv.org/abs/2408.09834">Minor DPO reject penalty to increase training robustness</a> (2024).
 *
 * @param beta β &gt; 0, strength of the pull to the reference; default 0.1
 */
public record MinorDpoLoss(double beta) implements PairLoss {

    public MinorDpoLoss {
        Checks.positive("minor_dpo", "beta", beta);
    }

    /** β = 0.1. */
    public MinorDpoLoss() {
        this(0.1);
    }

    @Override
    public String name() {
        return "minor_dpo";
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    @Override
    public Pair.Value of(Pair pair) {
        double rejected = pair.rejectedRatio();
        Curve c = Shape.SIGMOID.of(pair.chosenRatio() - Math.max(0, rejected), beta, 0);
        return new Pair.Value(c.value(), c.slope(), rejected > 0 ? -c.slope() : 0);
    }
}
