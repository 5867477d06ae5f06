package org.align4j.losses.pair;

import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * Identity preference optimization: regression of the margin to 1/(2τ), which, unlike DPO, does not push it to infinity.
 *
 * <pre>
 *   L = (h − 1/(2τ))²
 *   reduction MEAN: h = d_w/|y_w| − d_l/|y_l|,   ∂L/∂log π(y_w) = 2(h − 1/(2τ))/|y_w|,   ∂L/∂log π(y_l) = −2(h − 1/(2τ))/|y_l|
 *   reduction SUM:  h = d_w − d_l,               ∂L/∂log π(y_w) = 2(h − 1/(2τ)) = −∂L/∂log π(y_l)
 * </pre>
 *
 * <p>With sums the target 1/(2τ) means less the longer the responses are; the authors' results use means per token, which TRL does as well.
 * Azar et al., <a href="https://arxiv.org/abs/2310.12036">A General Theoretical Paradigm to Understand Learning from Human Preferences</a> (2023).
 *
 * @param tau       τ &gt; 0, 0.1 to 0.5 in practice; TRL's beta; default 0.1
 * @param reduction MEAN (default) or SUM
 */
public record IpoLoss(double tau, Needs.Reduction reduction) implements PairLoss {

    public IpoLoss {
        Checks.positive("ipo", "tau", tau);
        Checks.sumOrMean("ipo", reduction);
    }

    /** τ = 0.1, means per token. */
    public IpoLoss() {
        this(0.1, Needs.Reduction.MEAN);
    }

    @Override
    public String name() {
        return "ipo";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.PAIR, reduction, Needs.Extra.REFERENCE);
    }

    @Override
    public double rewardScale() {
        return tau;
    }

    @Override
    public Pair.Value of(Pair pair) {
        boolean mean = reduction == Needs.Reduction.MEAN;
        int chosenLength = mean ? pair.chosenLength() : 1;
        int rejectedLength = mean ? pair.rejectedLength() : 1;
        Curve c = Shape.IPO.of(pair.chosenRatio() / chosenLength - pair.rejectedRatio() / rejectedLength, tau, 0);
        return new Pair.Value(c.value(), c.slope() / chosenLength, -c.slope() / rejectedLength);
    }
}
