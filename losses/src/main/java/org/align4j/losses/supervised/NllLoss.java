package org.align4j.losses.supervised;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * Negative log-likelihood, the objective of supervised finetuning (SFT):
 *
 * <pre>  L = −Σ_t log π(y_t | x, y_&lt;t)      ∂L/∂log π(y_t) = −1</pre>
 *
 * <p>The sum is in nats over response tokens; it is divided by the number of response tokens of the whole batch, so that every token weighs the
 * same whichever example or micro-batch it is in. Of a pair or a list only the first (chosen, best) response counts; the others get gradient 0.
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
        double sum = 0;
        List<double[][]> gradients = new ArrayList<>(part.size());
        for (int i = 0; i < part.size(); i++) {
            List<Example.Response> responses = part.get(i).responses();
            if (responses.isEmpty()) {
                throw new IllegalArgumentException(name() + ": example " + i + " has no response, required is at least one");
            }
            Example.Response target = responses.get(0);
            Checks.policy(name(), i, 0, target);
            sum -= target.sum();
            double[][] g = new double[responses.size()][];
            for (int r = 0; r < g.length; r++) {
                g[r] = new double[responses.get(r).length()];
            }
            Arrays.fill(g[0], -1.0 / batch.targetTokens());
            gradients.add(g);
        }
        return new Evaluation(sum / batch.targetTokens(), gradients, Map.of());
    }
}
