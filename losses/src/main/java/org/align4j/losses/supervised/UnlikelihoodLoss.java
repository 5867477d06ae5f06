package org.align4j.losses.supervised;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/**
 * Likelihood of what is wanted, unlikelihood of what is not. With p = π(y_t | x, y_&lt;t),
 *
 * <pre>
 *   desired token:    L = −a·log p             ∂L/∂log p = −a
 *   undesired token:  L = −w·a·log(1 − p)      ∂L/∂log p = w·a·p/(1 − p)
 * </pre>
 *
 * <p>The tokens of a response with label false are undesired, those of any other desired. Where a response has weights they give the strength a (1
 * otherwise); in a desired response a negative weight marks an undesired token of strength |weight|, and 0 leaves a token out.
 *
 * <p>log(1 − p) is computed as log(−expm1(log p)) or log1p(−p), whichever keeps its digits. Above log p = −{@value #CLAMP} it is continued by its
 * tangent, so that value and derivative stay finite and go on pushing down. Divided by the number of response tokens of the whole batch; only the
 * first response of an example counts. Welleck et al., <a href="https://arxiv.org/abs/1908.04319">Neural Text Generation with Unlikelihood
 * Training</a> (2019).
 *
 * @param weight w ≥ 0, default 1
 */
public record UnlikelihoodLoss(double weight) implements Loss {

    /** Distance of log p from 0 below which log(1 − p) is linear. */
    public static final double CLAMP = 1e-6;

    public UnlikelihoodLoss {
        Checks.notNegative("unlikelihood", "weight", weight);
    }

    /** w = 1. */
    public UnlikelihoodLoss() {
        this(1);
    }

    @Override
    public String name() {
        return "unlikelihood";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.UNPAIRED, Needs.Reduction.TOKEN);
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        Tokens.weights(this, part, Double.NEGATIVE_INFINITY);
        return Tokens.mean(this, part, batch, (r, t) -> {
            double lp = r.logProbs()[t];
            double a = Tokens.weight(r, t);
            if (a > 0 && !Boolean.FALSE.equals(r.label())) {
                return new Tokens.Value(-a * lp, -a);
            }
            double scale = weight * Math.abs(a);
            double within = Math.min(lp, -CLAMP);
            double slope = 1 / Math.expm1(-within);
            return new Tokens.Value(scale * (slope * (lp - within) - LogSigmoid.log1mexp(within)), scale * slope);
        });
    }
}
