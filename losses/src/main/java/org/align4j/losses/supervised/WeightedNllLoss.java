package org.align4j.losses.supervised;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;

/**
 * Negative log-likelihood with a weight w_t ≥ 0 per token ({@link Example.Response#weights}, 1 where there are none):
 *
 * <pre>  L = −Σ_t w_t·log π(y_t | x, y_&lt;t)      ∂L/∂log π(y_t) = −w_t</pre>
 *
 * <p>Divided by the number of response tokens of the whole batch, whatever their weights: weights of 1 give plain finetuning, weights of 0 leave
 * tokens out without making the others heavier, and doubling all weights doubles the loss. Of a pair or a list only the first response counts. The
 * form is that of reward-weighted regression; see Peters and Schaal, <a href="https://doi.org/10.1145/1273496.1273590">Reinforcement Learning by
 * Reward-Weighted Regression for Operational Space Control</a> (2007).
 */
public record WeightedNllLoss() implements Loss {

    @Override
    public String name() {
        return "weighted_sft";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.SINGLE, Needs.Reduction.TOKEN);
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        Tokens.weights(this, part, 0);
        return Tokens.mean(this, part, batch, (r, t) -> {
            double w = Tokens.weight(r, t);
            return new Tokens.Value(-w * r.logProbs()[t], -w);
        });
    }
}
