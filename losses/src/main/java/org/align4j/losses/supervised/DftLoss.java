package org.align4j.losses.supervised;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;

/**
 * Dynamic finetuning (DFT): the negative log-likelihood, every token weighted by its own probability p = π(y_t | x, y_&lt;t), through which no
 * gradient flows:
 *
 * <pre>  L = −Σ_t sg[p_t]·log p_t      ∂L/∂log p_t = −p_t</pre>
 *
 * <p>Tokens the model finds unlikely pull less than in plain finetuning. Divided, like it, by the number of response tokens of the whole batch; of
 * a pair or a list only the first response counts. A log-probability that rounding left above 0 counts as p = 1. Wu et al.,
 * <a href="https://arxiv.org/abs/2508.05629">On the Generalization of SFT: A Reinforcement Learning Perspective with Reward Rectification</a>
 * (2025).
 */
public record DftLoss() implements Loss {

    @Override
    public String name() {
        return "dft";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.SINGLE, Needs.Reduction.TOKEN);
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        return Tokens.mean(this, part, batch, (r, t) -> {
            double p = Math.exp(Math.min(r.logProbs()[t], 0));
            return new Tokens.Value(-p * r.logProbs()[t], -p);
        });
    }
}
