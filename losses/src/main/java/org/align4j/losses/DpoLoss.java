package org.align4j.losses;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/**
 * Direct preference optimization with the sigmoid loss, and its conservative form with smoothed labels.
 *
 * <pre>
 *   h = (log π(y_w|x) − log π_ref(y_w|x)) − (log π(y_l|x) − log π_ref(y_l|x))
 *   L = −(1−ε)·log σ(βh) − ε·log σ(−βh)
 *   ∂L/∂log π(y_w) = −β(1−ε)·σ(−βh) + βε·σ(βh) = −∂L/∂log π(y_l)
 * </pre>
 *
 * <p>Log-probabilities of a response are sums over its tokens, in nats. With {@code referenceFree} the reference terms are 0 (a uniform reference) and
 * none has to be given. With ε = 0 this is Rafailov et al., <a href="https://arxiv.org/abs/2305.18290">Direct Preference Optimization: Your Language
 * Model is Secretly a Reward Model</a> (2023); with ε &gt; 0, the believed rate of flipped labels, the loss is least at σ(βh) = 1−ε rather than at
 * h = ∞ (conservative DPO, E. Mitchell's note on DPO with noisy preferences, 2023).
 *
 * <p>Metrics, as sums over pairs: {@code rewards/chosen} and {@code rewards/rejected} (β times the log-ratio), {@code rewards/margins},
 * {@code rewards/accuracies} (1 where the chosen reward is strictly greater), {@code logps/chosen}, {@code logps/rejected}.
 *
 * @param beta           strength of the pull to the reference, &gt; 0; TRL's default is 0.1
 * @param labelSmoothing ε in [0, 0.5)
 * @param referenceFree  whether to leave the reference out
 */
public record DpoLoss(double beta, double labelSmoothing, boolean referenceFree) implements Loss {

    public DpoLoss {
        if (!(beta > 0 && Double.isFinite(beta))) {
            throw new IllegalArgumentException("dpo: beta must be positive and finite, found " + beta);
        }
        if (!(labelSmoothing >= 0 && labelSmoothing < 0.5)) {
            throw new IllegalArgumentException("dpo: label smoothing must be in [0, 0.5), found " + labelSmoothing
                    + "; at 0.5 a pair says nothing, above it the labels are believed to be wrong");
        }
    }

    /** Plain DPO: no smoothing, with a reference. */
    public DpoLoss(double beta) {
        this(beta, 0, false);
    }

    @Override
    public String name() {
        return "dpo";
    }

    @Override
    public Needs needs() {
        return new Needs(!referenceFree, Needs.Arity.PAIR, Needs.Normalizer.EXAMPLES, false);
    }

    @Override
    public Evaluation evaluate(List<Example> examples) {
        double sum = 0;
        double[] totals = new double[6];
        List<double[][]> gradients = new ArrayList<>(examples.size());
        for (int i = 0; i < examples.size(); i++) {
            Example e = examples.get(i);
            Checks.responses(name(), i, e, 2, "the chosen one, then the rejected one");
            double chosenRatio = logRatio(i, 0, e);
            double rejectedRatio = logRatio(i, 1, e);
            double z = beta * (chosenRatio - rejectedRatio);
            double loss = LogSigmoid.softplus(-z);
            double gradient = -beta * (1 - labelSmoothing) * LogSigmoid.sigmoid(-z);
            if (labelSmoothing > 0) {
                loss = (1 - labelSmoothing) * loss + labelSmoothing * LogSigmoid.softplus(z);
                gradient += beta * labelSmoothing * LogSigmoid.sigmoid(z);
            }
            sum += loss;
            gradients.add(new double[][] {
                filled(e.responses().get(0).logProbs().length, gradient), filled(e.responses().get(1).logProbs().length, -gradient)});
            totals[0] += beta * chosenRatio;
            totals[1] += beta * rejectedRatio;
            totals[2] += beta * chosenRatio > beta * rejectedRatio ? 1 : 0;
            totals[3] += z;
            totals[4] += e.responses().get(0).sum();
            totals[5] += e.responses().get(1).sum();
        }
        return new Evaluation(sum, examples.size(), gradients, named(totals), examples.size());
    }

    private double logRatio(int example, int response, Example e) {
        Example.Response r = e.responses().get(response);
        Checks.policy(name(), example, response, r);
        if (referenceFree) {
            return r.sum();
        }
        Checks.reference(name(), example, response, r);
        return r.sum() - r.referenceSum();
    }

    private static double[] filled(int length, double value) {
        double[] a = new double[length];
        Arrays.fill(a, value);
        return a;
    }

    private static Map<String, Double> named(double[] totals) {
        Map<String, Double> m = new LinkedHashMap<>();
        m.put("rewards/chosen", totals[0]);
        m.put("rewards/rejected", totals[1]);
        m.put("rewards/accuracies", totals[2]);
        m.put("rewards/margins", totals[3]);
        m.put("logps/chosen", totals[4]);
        m.put("logps/rejected", totals[5]);
        return m;
    }
}
