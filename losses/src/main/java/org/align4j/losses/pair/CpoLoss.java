package org.align4j.losses.pair;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * Contrastive preference optimization: DPO against a uniform reference, and the negative log-likelihood of the chosen responses.
 *
 * <pre>
 *   d = log π(y_w) − log π(y_l);  for IPO log π(y_w)/|y_w| − log π(y_l)/|y_l|
 *   L = ℓ(d) + α·NLL,   ℓ by {@link Shape}
 *   ∂ℓ/∂log π(y_w) = ℓ'(d),   ∂ℓ/∂log π(y_l) = −ℓ'(d);  for IPO divided by |y_w| and |y_l|
 * </pre>
 *
 * <p>NLL is a mean over the chosen tokens of the whole batch, logged as {@code nll_loss}. For CPO-SimPO see {@link SimPoLoss}.
 * Xu et al., <a href="https://arxiv.org/abs/2401.08417">Contrastive Preference Optimization: Pushing the Boundaries of LLM Performance in Machine
 * Translation</a> (2024).
 *
 * @param beta           β &gt; 0; default 0.1
 * @param shape          what is made of the margin; default SIGMOID
 * @param labelSmoothing ε in [0, 0.5), for SIGMOID alone; default 0
 * @param nllWeight      α at least 0; default 1; TRL's cpo_alpha
 */
public record CpoLoss(double beta, Shape shape, double labelSmoothing, double nllWeight) implements PairLoss {

    public CpoLoss {
        Checks.positive("cpo", "beta", beta);
        Checks.given("cpo", "shape", shape);
        Checks.smoothing("cpo", labelSmoothing);
        if (labelSmoothing > 0 && shape != Shape.SIGMOID) {
            throw new IllegalArgumentException("cpo: label smoothing " + labelSmoothing + " has no meaning for shape " + shape + ", only for SIGMOID");
        }
        Checks.notNegative("cpo", "nll_weight", nllWeight);
    }

    /** β = 0.1, SIGMOID, no smoothing, α = 1. */
    public CpoLoss() {
        this(0.1, Shape.SIGMOID, 0, 1);
    }

    @Override
    public String name() {
        return "cpo";
    }

    @Override
    public Needs needs() {
        Needs.Reduction reduction = shape == Shape.IPO ? Needs.Reduction.MEAN : Needs.Reduction.SUM;
        return nllWeight > 0 ? new Needs(Needs.Arity.PAIR, reduction, Needs.Extra.NLL) : new Needs(Needs.Arity.PAIR, reduction);
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    /** The preference term ℓ alone. */
    @Override
    public Pair.Value of(Pair pair) {
        int chosenLength = shape == Shape.IPO ? pair.chosenLength() : 1;
        int rejectedLength = shape == Shape.IPO ? pair.rejectedLength() : 1;
        Curve c = shape.of(pair.chosen() / chosenLength - pair.rejected() / rejectedLength, beta, labelSmoothing);
        return new Pair.Value(c.value(), c.slope() / chosenLength, -c.slope() / rejectedLength);
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        return Pairs.withNll(this, PairLoss.super.evaluate(part, batch), nllWeight, false, part, batch);
    }
}
