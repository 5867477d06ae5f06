package org.align4j.losses.pair;

import org.align4j.losses.internal.Checks;

/**
 * Noise contrastive alignment on pairs: it also holds the chosen response's own likelihood up. TRL's {@code nca_pair}.
 *
 * <pre>
 *   a = β·d_w,   b = β·d_l
 *   L = −log σ(a) − ½·log σ(−a) − ½·log σ(−b)
 *   ∂L/∂log π(y_w) = β·[½·σ(a) − σ(−a)],   ∂L/∂log π(y_l) = ½·β·σ(b)
 * </pre>
 *
 * <p>Chen et al., <a href="https://arxiv.org/abs/2402.05369">Noise Contrastive Alignment of Language Models with Explicit Rewards</a> (2024).
 *
 * @param beta β &gt; 0, strength of the pull to the reference; default 0.1; 0.01 in the paper
 */
public record NcaLoss(double beta) implements PairLoss {

    public NcaLoss {
        Checks.positive("nca", "beta", beta);
    }

    /** β = 0.1. */
    public NcaLoss() {
        this(0.1);
    }

    @Override
    public String name() {
        return "nca";
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    @Override
    public Pair.Value of(Pair pair) {
        Curve likely = Curve.logistic(beta * pair.chosenRatio());
        Curve chosen = Curve.logistic(-beta * pair.chosenRatio());
        Curve rejected = Curve.logistic(-beta * pair.rejectedRatio());
        return new Pair.Value(likely.value() + (chosen.value() + rejected.value()) / 2, beta * (likely.slope() - chosen.slope() / 2),
                -beta * rejected.slope() / 2);
    }
}
