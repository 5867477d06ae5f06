package org.align4j.losses.pair;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * Weighted preference optimization: pairs that the policy would write itself weigh more, so that off-policy data act like on-policy data.
 *
 * <pre>
 *   a_t = log π(y_t) − log Σ_v π(v)²,   w(y) = exp(mean_t a_t)
 *   L = w(y_w)·w(y_l)·ℓ,   ∂L/∂log π = w(y_w)·w(y_l)·∂ℓ/∂log π: no gradient through the weights
 * </pre>
 *
 * <p>ℓ is any loss of single pairs. The sum over the vocabulary makes a token's weight 1 where the policy is as sure of it as of its own samples; the
 * mean and the absence of a cap are TRL's ({@code use_weighting}). The product of the weights is logged as {@code wpo_weights}.
 * Zhou et al., <a href="https://arxiv.org/abs/2406.11827">WPO: Enhancing RLHF with Weighted Preference Optimization</a> (2024).
 *
 * @param inner ℓ, a function of one pair; default {@link DpoLoss}
 */
public record WpoLoss(PairLoss inner) implements Loss {

    public WpoLoss {
        Checks.given("wpo", "inner", inner);
        if (inner.needs().needs(Needs.Extra.NLL)) {
            throw new IllegalArgumentException("wpo: inner loss " + inner.name() + " has a likelihood term; mix it in beside wpo");
        }
    }

    /** Over plain DPO. */
    public WpoLoss() {
        this(new DpoLoss());
    }

    @Override
    public String name() {
        return "wpo";
    }

    @Override
    public Needs needs() {
        return inner.needs().and(new Needs(Needs.Arity.PAIR, inner.needs().reduction(), Needs.Extra.COLLISION));
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        return Pairs.evaluate(this, inner::reward, (i, e, pair, metrics) -> {
            double weight = Math.exp(meanAligned(i, 0, e) + meanAligned(i, 1, e));
            Pair.Value v = inner.of(pair);
            metrics.add("wpo_weights", weight);
            return new Pair.Value(weight * v.loss(), weight * v.chosen(), weight * v.rejected());
        }, part, batch);
    }

    private double meanAligned(int example, int response, Example e) {
        Example.Response r = e.responses().get(response);
        Checks.perToken(name(), "collision", example, response, r, r.collision());
        double sum = 0;
        for (int t = 0; t < r.length(); t++) {
            sum += r.logProbs()[t] - r.collision()[t];
        }
        return sum / r.length();
    }
}
