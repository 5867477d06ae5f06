package org.align4j.losses.pair;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * Binary classifier optimization on pairs: the chosen response is classified as good, the rejected one as bad.
 *
 * <pre>
 *   a = β·d_w,   b = β·d_l
 *   L = −log σ(a − δ) − log σ(δ − b)
 *   ∂L/∂log π(y_w) = −β·σ(δ − a),   ∂L/∂log π(y_l) = β·σ(b − δ)
 * </pre>
 *
 * <p>With {@code runningShift} δ is the mean of all rewards a and b seen so far, the present batch included, without gradient: the paper's form and
 * LLaMA-Factory's. It couples the batch ({@link Needs.Extra#BATCH}) and is carried in {@link Batch#state} as the mean and the number of rewards.
 * Without, δ is 0: TRL's {@code bco_pair}. δ is logged as {@code delta}.
 * Jung et al., <a href="https://arxiv.org/abs/2404.04656">Binary Classifier Optimization for Large Language Model Alignment</a> (2024).
 *
 * @param beta         β &gt; 0, strength of the pull to the reference; default 0.1
 * @param runningShift whether rewards are shifted by their running mean; default true
 */
public record BcoPairLoss(double beta, boolean runningShift) implements Loss {

    public BcoPairLoss {
        Checks.positive("bco_pair", "beta", beta);
    }

    /** β = 0.1, with the running shift. */
    public BcoPairLoss() {
        this(0.1, true);
    }

    @Override
    public String name() {
        return "bco_pair";
    }

    @Override
    public Needs needs() {
        return runningShift ? new Needs(Needs.Arity.PAIR, Needs.Reduction.SUM, Needs.Extra.REFERENCE, Needs.Extra.BATCH)
                : new Needs(Needs.Arity.PAIR, Needs.Reduction.SUM, Needs.Extra.REFERENCE);
    }

    /** The running mean and the number of rewards in it. */
    @Override
    public double[] initialState() {
        return new double[runningShift ? 2 : 0];
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        double[] state = runningShift ? updated(part, batch) : new double[0];
        double delta = runningShift ? state[0] : 0;
        Evaluation e = Pairs.evaluate(this, (ratio, length) -> beta * ratio, (i, example, pair, metrics) -> {
            metrics.add("delta", delta);
            Curve chosen = Curve.logistic(beta * pair.chosenRatio() - delta);
            Curve rejected = Curve.logistic(delta - beta * pair.rejectedRatio());
            return new Pair.Value(chosen.value() + rejected.value(), beta * chosen.slope(), -beta * rejected.slope());
        }, part, batch);
        return new Evaluation(e.loss(), e.gradients(), e.metrics(), state);
    }

    private double[] updated(List<Example> part, Batch batch) {
        double[] before = batch.state();
        if (before.length != 2) {
            throw new IllegalArgumentException(name() + ": the state must be the running mean and its count, found " + before.length
                    + " numbers; the first batch takes initialState()");
        }
        double sum = before[0] * before[1];
        double count = before[1];
        for (Pair p : Pairs.whole(this, part, batch)) {
            sum += beta * (p.chosenRatio() + p.rejectedRatio());
            count += 2;
        }
        return new double[] {sum / count, count};
    }
}
