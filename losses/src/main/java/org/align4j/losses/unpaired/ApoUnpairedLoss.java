package org.align4j.losses.unpaired;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * Anchored preference optimization (the zero form) of single responses, each desirable or not. With d = log π(y|x) − log π_ref(y|x),
 *
 * <pre>
 *   desirable:    L = w_D·(1 − σ(βd))     ∂L/∂log π(y) = −w_D·β·σ(βd)·σ(−βd)
 *   undesirable:  L = w_U·σ(βd)           ∂L/∂log π(y) = +w_U·β·σ(βd)·σ(−βd)
 * </pre>
 *
 * <p>This is KTO with z₀ = 0: no mismatched responses are needed and the examples are not coupled. The loss is the mean over examples, class
 * weights included. D'Oosterlinck et al., <a href="https://arxiv.org/abs/2408.06266">Anchored Preference Optimization and Contrastive Revisions</a>
 * (2024); the unpaired form is TRL's {@code apo_zero_unpaired}.
 *
 * <p>Metrics: {@code rewards/chosen} and {@code logps/chosen} (means over the desirable), {@code rewards/rejected} and {@code logps/rejected} (over
 * the undesirable).
 *
 * @param beta              strength of the pull to the reference, &gt; 0, default 0.1
 * @param desirableWeight   w_D ≥ 0, default 1
 * @param undesirableWeight w_U ≥ 0, default 1
 */
public record ApoUnpairedLoss(double beta, double desirableWeight, double undesirableWeight) implements Loss {

    public ApoUnpairedLoss {
        Checks.positive("apo_unpaired", "beta", beta);
        Checks.notNegative("apo_unpaired", "desirable weight", desirableWeight);
        Checks.notNegative("apo_unpaired", "undesirable weight", undesirableWeight);
    }

    /** Both weights 1. */
    public ApoUnpairedLoss(double beta) {
        this(beta, 1, 1);
    }

    /** β = 0.1. */
    public ApoUnpairedLoss() {
        this(0.1);
    }

    @Override
    public String name() {
        return "apo_unpaired";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.UNPAIRED, Needs.Reduction.SUM, Needs.Extra.REFERENCE);
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        return new Unpaired(this, beta, part).mean(batch,
                (desirable, reward) -> Unpaired.prospect(desirable, reward, desirable ? desirableWeight : undesirableWeight));
    }
}
