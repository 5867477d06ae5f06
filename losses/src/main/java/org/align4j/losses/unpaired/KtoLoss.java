package org.align4j.losses.unpaired;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * Kahneman–Tversky optimization: single responses, each desirable or not. With d = log π(y|x) − log π_ref(y|x),
 *
 * <pre>
 *   z₀ = max(0, mean over the batch of d(y') for responses y' that belong to another prompt)
 *   desirable:    L = w_D·(1 − σ(β(d − z₀)))     ∂L/∂log π(y) = −w_D·β·σ(β(d − z₀))·σ(β(z₀ − d))
 *   undesirable:  L = w_U·(1 − σ(β(z₀ − d)))     ∂L/∂log π(y) = +w_U·β·σ(β(d − z₀))·σ(β(z₀ − d))
 * </pre>
 *
 * <p>z₀ estimates the policy's divergence from the reference over the whole batch; no gradient flows through it. An example's first response is its
 * own, the second the one that belongs to another prompt, whose gradient is 0. The loss is the mean over all examples, class weights included.
 * Ethayarajh et al., <a href="https://arxiv.org/abs/2402.01306">KTO: Model Alignment as Prospect Theoretic Optimization</a> (2024), which advises
 * w_D·n_D : w_U·n_U between 1 and 4/3 for n_D desirable and n_U undesirable examples.
 *
 * <p>Metrics: {@code kl} (z₀), {@code rewards/chosen} and {@code logps/chosen} (means over the desirable), {@code rewards/rejected} and
 * {@code logps/rejected} (over the undesirable), {@code rewards/margins} where a batch has both.
 *
 * @param beta              strength of the pull to the reference, &gt; 0, default 0.1
 * @param desirableWeight   w_D ≥ 0, default 1
 * @param undesirableWeight w_U ≥ 0, default 1
 */
public record KtoLoss(double beta, double desirableWeight, double undesirableWeight) implements Loss {

    public KtoLoss {
        Checks.positive("kto", "beta", beta);
        Checks.notNegative("kto", "desirable weight", desirableWeight);
        Checks.notNegative("kto", "undesirable weight", undesirableWeight);
    }

    /** β = 0.1, both weights 1. */
    public KtoLoss() {
        this(0.1, 1, 1);
    }

    @Override
    public String name() {
        return "kto";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.UNPAIRED, Needs.Reduction.SUM, Needs.Extra.REFERENCE, Needs.Extra.MISMATCHED, Needs.Extra.BATCH);
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        Unpaired examples = new Unpaired(this, beta, part);
        examples.whole(batch);
        double mismatched = 0;
        for (int i = 0; i < part.size(); i++) {
            mismatched += examples.ratio(i, 1);
        }
        double z0 = Math.max(0, mismatched / part.size());
        Evaluation e = examples.mean(batch,
                (desirable, reward) -> Unpaired.prospect(desirable, reward - beta * z0, desirable ? desirableWeight : undesirableWeight));
        return Unpaired.with(e, "kl", z0, e.state());
    }
}
