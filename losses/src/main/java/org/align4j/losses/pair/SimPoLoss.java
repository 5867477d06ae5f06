package org.align4j.losses.pair;

import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * SimPO: mean log-probabilities as rewards, a target margin, no reference.
 *
 * <pre>
 *   z = β·(log π(y_w)/|y_w| − log π(y_l)/|y_l| − γ/β)
 *   L = −(1−ε)·log σ(z) − ε·log σ(−z)
 *   ∂L/∂log π(y_w) = β·[ε·σ(z) − (1−ε)·σ(−z)]/|y_w|,   ∂L/∂log π(y_l) = −β·[ε·σ(z) − (1−ε)·σ(−z)]/|y_l|
 * </pre>
 *
 * <p>With a {@link org.align4j.losses.supervised.NllLoss} beside it in a {@link org.align4j.losses.Mixture} this is CPO-SimPO.
 * Meng, Xia, Chen, <a href="https://arxiv.org/abs/2405.14734">SimPO: Simple Preference Optimization with a Reference-Free Reward</a> (2024).
 *
 * @param beta           β &gt; 0, 2 to 10 in the paper; default 2
 * @param gammaBetaRatio γ/β at least 0, 0.1 to 0.8 in practice; TRL's simpo_gamma divided by beta; default 0.5
 * @param labelSmoothing ε in [0, 0.5); default 0
 */
public record SimPoLoss(double beta, double gammaBetaRatio, double labelSmoothing) implements PairLoss {

    public SimPoLoss {
        Checks.positive("simpo", "beta", beta);
        Checks.notNegative("simpo", "gamma_beta_ratio", gammaBetaRatio);
        Checks.smoothing("simpo", labelSmoothing);
    }

    /** β = 2, γ/β = 0.5. */
    public SimPoLoss() {
        this(2, 0.5);
    }

    /** Without label smoothing, as published. */
    public SimPoLoss(double beta, double gammaBetaRatio) {
        this(beta, gammaBetaRatio, 0);
    }

    @Override
    public String name() {
        return "simpo";
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
        double margin = pair.chosen() / pair.chosenLength() - pair.rejected() / pair.rejectedLength() - gammaBetaRatio;
        Curve c = Shape.SIGMOID.of(margin, beta, labelSmoothing);
        return new Pair.Value(c.value(), c.slope() / pair.chosenLength(), -c.slope() / pair.rejectedLength());
    }
}
