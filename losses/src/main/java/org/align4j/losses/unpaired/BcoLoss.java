package org.align4j.losses.unpaired;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/**
 * Binary classifier optimization: the reward r = β·(log π(y|x) − log π_ref(y|x)) is the logit of a classifier of desirable and undesirable responses,
 *
 * <pre>
 *   desirable:    L = −log σ(r − δ)       ∂L/∂log π(y) = −β·σ(δ − r)
 *   undesirable:  L = −log σ(−(r − δ))    ∂L/∂log π(y) = +β·σ(r − δ)
 * </pre>
 *
 * <p>The shift δ is the mean of all rewards seen so far, those of the batch at hand included; no gradient flows through it. It is carried in
 * {@link Batch#state} as mean, variance (divided by the count) and count, and starts at 0, 1 and 1e-24. The loss is the mean over examples. Jung et
 * al., <a href="https://arxiv.org/abs/2404.04656">Binary Classifier Optimization for Large Language Model Alignment</a> (2024), without its
 * weighing of prompts.
 *
 * <p>Metrics: {@code delta} (δ), {@code rewards/chosen} and {@code logps/chosen} (means over the desirable), {@code rewards/rejected} and
 * {@code logps/rejected} (over the undesirable), {@code rewards/margins} where a batch has both.
 *
 * @param beta strength of the pull to the reference, &gt; 0, default 0.1
 */
public record BcoLoss(double beta) implements Loss {

    public BcoLoss {
        Checks.positive("bco", "beta", beta);
    }

    /** β = 0.1. */
    public BcoLoss() {
        this(0.1);
    }

    @Override
    public String name() {
        return "bco";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.UNPAIRED, Needs.Reduction.SUM, Needs.Extra.REFERENCE, Needs.Extra.BATCH);
    }

    @Override
    public double[] initialState() {
        return new double[] {0, 1, 1e-24};
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        if (batch.state().length != 3) {
            throw new IllegalArgumentException(name() + ": the batch's state has " + batch.state().length
                    + " numbers, required are 3: mean, variance and count of the rewards so far, at first those of initialState()");
        }
        Unpaired examples = new Unpaired(this, beta, part);
        examples.whole(batch);
        double[] after = updated(batch.state(), examples.rewards());
        double delta = after[0];
        Evaluation e = examples.mean(batch, (desirable, reward) -> {
            double sign = desirable ? 1 : -1;
            double z = sign * (reward - delta);
            return new Unpaired.Value(LogSigmoid.softplus(-z), -sign * LogSigmoid.sigmoid(-z));
        });
        return Unpaired.with(e, "delta", delta, after);
    }

    /** Mean, variance and count after more values, by the parallel formula of Chan et al. */
    private static double[] updated(double[] before, double[] values) {
        double n = values.length;
        double mean = 0;
        for (double v : values) {
            mean += v / n;
        }
        double squares = 0;
        for (double v : values) {
            squares += (v - mean) * (v - mean);
        }
        double shift = mean - before[0];
        double count = before[2] + n;
        squares += before[1] * before[2] + shift * shift * before[2] * n / count;
        return new double[] {before[0] + shift * n / count, squares / count, count};
    }
}
