package org.align4j.losses.supervised;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Kl;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * Negative log-likelihood with a pull to the reference on the very same tokens:
 *
 * <pre>
 *   L = Σ_t [−log π(y_t) + w·kl(log π(y_t), log π_ref(y_t))]
 *   ∂L/∂log π(y_t) = −1 + w·∂kl/∂log π(y_t)
 * </pre>
 *
 * <p>The estimators {@link Kl} are those of KL(π‖π_ref) for tokens drawn from π. On given tokens they are no unbiased estimate of it but a penalty on
 * leaving the reference; {@code K1} has derivative 1 and so only scales plain finetuning by 1 − w, {@code K2} and {@code K3} have none at the
 * reference. Divided by the number of response tokens of the whole batch; of a pair or a list only the first response counts. The penalty is that of
 * Ziegler et al., <a href="https://arxiv.org/abs/1909.08593">Fine-Tuning Language Models from Human Preferences</a> (2019), there beside rewards.
 *
 * <p>Metrics: {@code kl}, the mean estimate per token.
 *
 * @param weight    w ≥ 0, default 1
 * @param estimator estimate per token, default {@link Kl#K3}
 */
public record KlAnchoredLoss(double weight, Kl estimator) implements Loss {

    public KlAnchoredLoss {
        Checks.notNegative("kl_sft", "weight", weight);
        Checks.given("kl_sft", "estimator", estimator);
    }

    /** w = 1, K3. */
    public KlAnchoredLoss() {
        this(1, Kl.K3);
    }

    @Override
    public String name() {
        return "kl_sft";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.SINGLE, Needs.Reduction.TOKEN, Needs.Extra.REFERENCE);
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        double[] kl = new double[2];
        Evaluation e = Tokens.mean(this, part, batch, (r, t) -> {
            double lp = r.logProbs()[t];
            double lr = r.reference()[t];
            double estimate = estimator.value(lp, lr);
            kl[0] += estimate;
            kl[1]++;
            return new Tokens.Value(weight * estimate - lp, weight * estimator.derivative(lp, lr) - 1);
        });
        return Tokens.with(e, "kl", kl);
    }
}
