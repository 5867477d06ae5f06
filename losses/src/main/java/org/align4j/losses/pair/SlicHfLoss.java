package org.align4j.losses.pair;

import java.util.ArrayList;
import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * SLiC-HF: calibration of the likelihoods by a margin, and a likelihood of a target response in place of a reference model.
 *
 * <pre>
 *   L = max(0, δ − s(y_w) + s(y_l)) − λ·s(y_target),   s = Σ log π (reduction SUM) or the mean per token (MEAN)
 *   ∂L/∂s(y_w) = −1 and ∂L/∂s(y_l) = 1 while the margin is below δ, else 0;   ∂L/∂s(y_target) = −λ
 * </pre>
 *
 * <p>An example has two responses, the chosen one being the target too, or three, the third being the target: the supervised answer, or the best of
 * several samples. Not to be mixed up with the hinge losses of RSO ({@link RsoHingeLoss}, {@link RsoHingeNormLoss}), which are called SLiC elsewhere.
 * The logged rewards are s.
 * Zhao et al., <a href="https://arxiv.org/abs/2305.10425">SLiC-HF: Sequence Likelihood Calibration with Human Feedback</a> (2023).
 *
 * @param delta     δ &gt; 0, the margin in nats; default 1
 * @param lambda    λ at least 0, weight of the target's likelihood; the paper does not give its value; default 0.1
 * @param reduction SUM (default, as in the paper) or MEAN
 */
public record SlicHfLoss(double delta, double lambda, Needs.Reduction reduction) implements Loss {

    public SlicHfLoss {
        Checks.positive("slic", "delta", delta);
        Checks.notNegative("slic", "lambda", lambda);
        Checks.sumOrMean("slic", reduction);
    }

    /** δ = 1, λ = 0.1, sums. */
    public SlicHfLoss() {
        this(1, 0.1, Needs.Reduction.SUM);
    }

    @Override
    public String name() {
        return "slic";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.PAIR, reduction, Needs.Extra.NLL);
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        List<Example> pairs = new ArrayList<>(part.size());
        for (Example e : part) {
            pairs.add(e.responses().size() == 3 ? new Example(e.responses().subList(0, 2)) : e);
        }
        Evaluation rank = Pairs.evaluate(this, (sum, length) -> sum / divisor(length), (i, e, pair, metrics) -> rank(pair), pairs, batch);
        double share = rank.loss();
        List<double[][]> gradients = new ArrayList<>(part.size());
        for (int i = 0; i < part.size(); i++) {
            List<Example.Response> responses = part.get(i).responses();
            int index = responses.size() == 3 ? 2 : 0;
            Example.Response target = responses.get(index);
            Checks.policy(name(), i, index, target);
            double weight = lambda / divisor(target.length()) / batch.examples();
            share -= weight * target.sum();
            gradients.add(withTarget(rank.gradients().get(i), responses.size(), target.length(), -weight));
        }
        return new Evaluation(share, gradients, rank.metrics());
    }

    private Pair.Value rank(Pair p) {
        Curve c = Curve.hinge(p.chosen() / divisor(p.chosenLength()) - p.rejected() / divisor(p.rejectedLength()), delta);
        return new Pair.Value(c.value(), c.slope() / divisor(p.chosenLength()), -c.slope() / divisor(p.rejectedLength()));
    }

    private double divisor(int length) {
        return reduction == Needs.Reduction.MEAN ? length : 1;
    }

    private static double[][] withTarget(double[][] g, int responses, int length, double value) {
        if (responses == 3) {
            return new double[][] {g[0], g[1], Pairs.filled(length, value)};
        }
        for (int t = 0; t < length; t++) {
            g[0][t] += value;
        }
        return g;
    }
}
