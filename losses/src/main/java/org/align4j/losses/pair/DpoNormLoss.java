package org.align4j.losses.pair;

import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * Length-normalised DPO, the loss of Tülu 3: log-ratios per token in place of sums. TRL's {@code sigmoid_norm}.
 *
 * <pre>
 *   z = β·(d_w/|y_w| − d_l/|y_l|)
 *   L = −log σ(z)
 *   ∂L/∂log π(y_w) = −β·σ(−z)/|y_w|,   ∂L/∂log π(y_l) = β·σ(−z)/|y_l|
 * </pre>
 *
 * <p>Lambert et al., <a href="https://arxiv.org/abs/2411.15124">Tülu 3: Pushing Frontiers in Open Language Model Post-Training</a> (2024).
 *
 * @param beta β &gt; 0, larger than for sums since a mean is smaller; default 5
 */
public record DpoNormLoss(double beta) implements PairLoss {

    public DpoNormLoss {
        Checks.positive("dpo_norm", "beta", beta);
    }

    /** β = 5. */
    public DpoNormLoss() {
        this(5);
    }

    @Override
    public String name() {
        return "dpo_norm";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.PAIR, Needs.Reduction.MEAN, Needs.Extra.REFERENCE);
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    @Override
    public Pair.Value of(Pair pair) {
        Curve c = Shape.SIGMOID.of(pair.chosenRatio() / pair.chosenLength() - pair.rejectedRatio() / pair.rejectedLength(), beta, 0);
        return new Pair.Value(c.value(), c.slope() / pair.chosenLength(), -c.slope() / pair.rejectedLength());
    }
}
