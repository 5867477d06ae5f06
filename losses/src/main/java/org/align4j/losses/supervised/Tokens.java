package org.align4j.losses.supervised;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Mean;
import org.align4j.losses.internal.Checks;

/**
 * Losses that are a sum over the tokens of every example's first response, divided by the number of those tokens in the whole batch. Further
 * responses get gradient 0.
 */
final class Tokens {
    private Tokens() {
    }

    /** A token's loss and its derivative by the token's log-probability. */
    record Value(double loss, double derivative) {
    }

    /** The loss of token {@code t} of a response. */
    interface Term {
        Value of(Example.Response response, int t);
    }

    static Evaluation mean(Loss loss, List<Example> part, Batch batch, Term term) {
        double sum = 0;
        List<double[][]> gradients = new ArrayList<>(part.size());
        for (int i = 0; i < part.size(); i++) {
            Example.Response target = target(loss, i, part.get(i));
            double[][] g = zeros(part.get(i));
            double own = 0;
            for (int t = 0; t < target.length(); t++) {
                Value v = term.of(target, t);
                own += v.loss();
                g[0][t] = v.derivative() / batch.targetTokens();
            }
            sum += own;
            gradients.add(g);
        }
        return new Evaluation(sum / batch.targetTokens(), gradients, Map.of());
    }

    /** An evaluation with one metric, a mean given as its sum and count. */
    static Evaluation with(Evaluation e, String name, double[] sumAndCount) {
        return new Evaluation(e.loss(), e.gradients(), Map.of(name, new Mean(sumAndCount[0], sumAndCount[1])));
    }

    /** An example's first response, checked. */
    static Example.Response target(Loss loss, int index, Example e) {
        if (e.responses().isEmpty()) {
            throw new IllegalArgumentException(loss.name() + ": example " + index + " has no response, required is at least one");
        }
        Example.Response target = e.responses().get(0);
        Checks.policy(loss.name(), index, 0, target);
        if (loss.needs().reference()) {
            Checks.reference(loss.name(), index, 0, target);
        }
        return target;
    }

    /** A gradient of nothing yet. */
    static double[][] zeros(Example e) {
        double[][] g = new double[e.responses().size()][];
        for (int r = 0; r < g.length; r++) {
            g[r] = new double[e.responses().get(r).length()];
        }
        return g;
    }

    /** Requires that a response's weights, if it has any, are finite, at least {@code least}, and one per token. */
    static void weights(Loss loss, List<Example> part, double least) {
        for (int i = 0; i < part.size(); i++) {
            Example.Response target = target(loss, i, part.get(i));
            double[] w = target.weights();
            if (w == null) {
                continue;
            }
            if (w.length != target.length()) {
                throw new IllegalArgumentException(loss.name() + ": example " + i + ", response 0 has " + target.length()
                        + " log-probabilities but " + w.length + " weights; required is one weight per token");
            }
            for (int t = 0; t < w.length; t++) {
                if (!(Double.isFinite(w[t]) && w[t] >= least)) {
                    throw new IllegalArgumentException(loss.name() + ": example " + i + ", response 0, token " + t + ": weight is " + w[t]
                            + ", required is a finite number" + (least == 0 ? " of at least 0" : ""));
                }
            }
        }
    }

    /** A token's weight, 1 where the response has none. */
    static double weight(Example.Response response, int t) {
        return response.weights() == null ? 1 : response.weights()[t];
    }
}
