package org.align4j.losses.supervised;

import java.util.List;
import java.util.OptionalDouble;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;

/**
 * Negative log-likelihood, the objective of supervised finetuning (SFT):
 *
 * <pre>  L = −Σ_t log π(y_t | x, y_&lt;t)      ∂L/∂log π(y_t) = −1</pre>
 *
 * <p>The sum is in nats over response tokens; it is divided by the number of response tokens of the whole batch, so that every token weighs the
 * same whichever example or micro-batch it is in. Of a pair or a list only the first (chosen, best) response counts; the others get gradient 0.
 * Ouyang et al., <a href="https://arxiv.org/abs/2203.02155">Training Language Models to Follow Instructions with Human Feedback</a> (2022).
 */
public record NllLoss() implements Loss {

    @Override
    public String name() {
        return "sft";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.SINGLE, Needs.Reduction.TOKEN);
    }

    @Override
    public OptionalDouble constantGradient(Batch batch) {
        return OptionalDouble.of(-1.0 / batch.targetTokens());
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        return Tokens.mean(this, part, batch, (r, t) -> new Tokens.Value(-r.logProbs()[t], -1));
    }
}
