package org.align4j.losses.pair;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * Reasoning preference optimization: DPO and the negative log-likelihood of the chosen response.
 *
 * <pre>
 *   L = −log σ(βh) − α·log π(y_w)/|y_w|,   h = d_w − d_l
 *   ∂L/∂log π(y_w) = −β·σ(−βh) − α/|y_w|,   ∂L/∂log π(y_l) = β·σ(−βh)
 * </pre>
 *
 * <p>The likelihood is a mean over the tokens of each chosen response, then over pairs, as in the paper: every pair weighs the same. For a mean over all
 * chosen tokens of the batch, as TRL's {@code [sigmoid, sft]}, mix {@link DpoLoss} with {@link org.align4j.losses.supervised.NllLoss} in a
 * {@link org.align4j.losses.Mixture}. The metric {@code nll_loss} is the mean over pairs.
 * Pang et al., <a href="https://arxiv.org/abs/2404.19733">Iterative Reasoning Preference Optimization</a> (2024).
 *
 * @param beta      β &gt; 0, strength of the pull to the reference; default 0.1
 * @param nllWeight α at least 0; default 1
 */
public record RpoLoss(double beta, double nllWeight) implements PairLoss {

    public RpoLoss {
        Checks.positive("rpo", "beta", beta);
        Checks.notNegative("rpo", "nll_weight", nllWeight);
    }

    /** β = 0.1, α = 1. */
    public RpoLoss() {
        this(0.1, 1);
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        return Pairs.evaluate(this, this::reward, (i, e, pair, metrics) -> {
            metrics.add("nll_loss", -pair.chosen() / pair.chosenLength());
            return of(pair);
        }, part, batch);
    }

    @Override
    public String name() {
        return "rpo";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.PAIR, Needs.Reduction.SUM, Needs.Extra.REFERENCE, Needs.Extra.NLL);
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    @Override
    public Pair.Value of(Pair pair) {
        Curve c = Shape.SIGMOID.of(pair.margin(), beta, 0);
        return new Pair.Value(c.value() - nllWeight * pair.chosen() / pair.chosenLength(), c.slope() - nllWeight / pair.chosenLength(), -c.slope());
    }
}
