package org.align4j.losses.list;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/** From examples to lists and back. */
final class Lists {
    private Lists() {
    }

    static Evaluation evaluate(ListLoss loss, List<Example> part, Batch batch) {
        double share = 0;
        List<double[][]> gradients = new ArrayList<>(part.size());
        ListMetrics metrics = new ListMetrics();
        for (int i = 0; i < part.size(); i++) {
            List<Example.Response> responses = responses(loss, i, part.get(i));
            int k = responses.size();
            double[] labels = new double[k];
            double[] sums = new double[k];
            double[] scores = new double[k];
            for (int r = 0; r < k; r++) {
                labels[r] = responses.get(r).score();
                sums[r] = responses.get(r).sum();
                scores[r] = loss.beta() * (sums[r] - responses.get(r).referenceSum());
            }
            double[] g = new double[k];
            share += value(loss, i, scores, labels, g) / batch.examples();
            double[][] rows = new double[k][];
            for (int r = 0; r < k; r++) {
                rows[r] = new double[responses.get(r).length()];
                Arrays.fill(rows[r], loss.beta() * g[r] / batch.examples());
            }
            gradients.add(rows);
            metrics.add(scores, labels, sums);
        }
        return new Evaluation(share, gradients, metrics.means());
    }

    private static List<Example.Response> responses(ListLoss loss, int index, Example e) {
        int k = e.responses().size();
        if (k < 2) {
            throw new IllegalArgumentException(loss.name() + ": example " + index + " has " + k + " response(s), required are at least 2 to compare");
        }
        for (int r = 0; r < k; r++) {
            Example.Response response = e.responses().get(r);
            Checks.policy(loss.name(), index, r, response);
            Checks.reference(loss.name(), index, r, response);
            if (!Double.isFinite(response.score())) {
                throw new IllegalArgumentException(loss.name() + ": example " + index + ", response " + r + ": score is " + response.score()
                        + ", required is a finite number for every response of a list");
            }
        }
        return e.responses();
    }

    private static double value(ListLoss loss, int index, double[] scores, double[] labels, double[] gradient) {
        double value;
        try {
            value = loss.value(scores, labels, gradient);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("example " + index + ": " + e.getMessage(), e);
        }
        boolean finite = Double.isFinite(value);
        for (double g : gradient) {
            finite &= Double.isFinite(g);
        }
        if (!finite) {
            throw new IllegalArgumentException(loss.name() + ": example " + index + ": the loss is not finite with scores " + Arrays.toString(scores)
                    + " and labels " + Arrays.toString(labels) + "; scale the labels down or lower beta");
        }
        return value;
    }

    /** How much a pair counts, given the indices of the better and the worse item. */
    interface PairWeight {
        double of(int better, int worse);
    }

    /** Σ over the pairs ψ_i &gt; ψ_j of w_ij·(−log σ(s_i − s_j)), its gradient added to {@code gradient}. */
    static double logistic(double[] scores, double[] labels, double[] gradient, PairWeight weight) {
        double loss = 0;
        for (int i = 0; i < scores.length; i++) {
            for (int j = 0; j < scores.length; j++) {
                if (labels[i] > labels[j]) {
                    double w = weight.of(i, j);
                    double z = scores[i] - scores[j];
                    loss += w * LogSigmoid.softplus(-z);
                    double g = w * LogSigmoid.sigmoid(-z);
                    gradient[i] -= g;
                    gradient[j] += g;
                }
            }
        }
        return loss;
    }
}
