package org.align4j.losses.pair;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Mean;
import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/** From examples to pairs and back. */
final class Pairs {
    private Pairs() {
    }

    /** A loss's term for one pair; it may add metrics of its own. */
    interface Term {
        Pair.Value of(int index, Example example, Pair pair, Metrics metrics);
    }

    /** The logged reward of a response with this log-ratio and this number of tokens. */
    interface Reward {
        double of(double ratio, int length);
    }

    /** The mean of a term over the batch's pairs. */
    static Evaluation evaluate(Loss loss, Reward reward, Term term, List<Example> part, Batch batch) {
        double share = 0;
        List<double[][]> gradients = new ArrayList<>(part.size());
        Metrics metrics = new Metrics();
        for (int i = 0; i < part.size(); i++) {
            Pair p = pair(loss, i, part.get(i));
            Pair.Value v = term.of(i, part.get(i), p, metrics);
            if (!Double.isFinite(v.loss()) || !Double.isFinite(v.chosen()) || !Double.isFinite(v.rejected())) {
                throw new IllegalArgumentException(loss.name() + ": example " + i + ": the loss is " + v.loss() + " with gradients " + v.chosen()
                        + " and " + v.rejected() + ", required are finite numbers; the log-probabilities are too extreme: " + p);
            }
            share += v.loss() / batch.examples();
            gradients.add(new double[][] {filled(p.chosenLength(), v.chosen() / batch.examples()),
                filled(p.rejectedLength(), v.rejected() / batch.examples())});
            metrics.add(p, reward);
        }
        return new Evaluation(share, gradients, metrics.means());
    }

    /** The sums of an example's two responses, checked. */
    static Pair pair(Loss loss, int index, Example e) {
        Checks.responses(loss.name(), index, e, 2, "the chosen one, then the rejected one");
        boolean reference = loss.needs().reference();
        for (int r = 0; r < 2; r++) {
            Checks.policy(loss.name(), index, r, e.responses().get(r));
            if (reference) {
                Checks.reference(loss.name(), index, r, e.responses().get(r));
            }
        }
        Example.Response w = e.responses().get(0);
        Example.Response l = e.responses().get(1);
        double strength = w.score() - l.score();
        if (loss.needs().needs(Needs.Extra.SCORES) && !(strength >= 0 && Double.isFinite(strength))) {
            throw new IllegalArgumentException(loss.name() + ": example " + index + ": the chosen response has score " + w.score()
                    + ", the rejected one " + l.score() + "; required are two finite scores, the chosen one's at least as high");
        }
        Pair p = new Pair(w.sum(), l.sum(), reference ? w.referenceSum() : 0, reference ? l.referenceSum() : 0, w.length(), l.length(), strength);
        if (!Double.isFinite(p.margin())) {
            throw new IllegalArgumentException(loss.name() + ": example " + index + ": the margin of its sums is " + p.margin()
                    + ", required is a finite number: " + p);
        }
        return p;
    }

    /** All examples as pairs, for a loss that couples them and so has to see the whole batch. */
    static List<Pair> whole(Loss loss, List<Example> part, Batch batch) {
        if (part.size() != batch.examples()) {
            throw new IllegalArgumentException(loss.name() + ": it couples the examples of a batch and has to be given the batch whole, found "
                    + part.size() + " of " + batch.examples() + " examples");
        }
        List<Pair> pairs = new ArrayList<>(part.size());
        for (int i = 0; i < part.size(); i++) {
            pairs.add(pair(loss, i, part.get(i)));
        }
        return pairs;
    }

    /**
     * A preference term and {@code weight} times the negative log-likelihood of the chosen responses: a mean over the chosen tokens of the whole batch,
     * and over its prompts' tokens if asked for, so that each of these tokens weighs the same. The metric {@code nll_loss} is that mean.
     */
    static Evaluation withNll(Loss loss, Evaluation preference, double weight, boolean prompt, List<Example> part, Batch batch) {
        long count = batch.targetTokens() + (prompt ? batch.promptTokens() : 0);
        double nll = 0;
        long tokens = 0;
        List<double[][]> gradients = new ArrayList<>(part.size());
        for (int i = 0; i < part.size(); i++) {
            double[][] g = preference.gradients().get(i);
            for (int t = 0; t < g[0].length; t++) {
                g[0][t] -= weight / count;
            }
            nll -= part.get(i).responses().get(0).sum();
            tokens += g[0].length;
            if (prompt) {
                double[] logProbs = Checks.prompt(loss.name(), i, part.get(i));
                nll -= Arrays.stream(logProbs).sum();
                tokens += logProbs.length;
                g = new double[][] {g[0], g[1], filled(logProbs.length, -weight / count)};
            }
            gradients.add(g);
        }
        Map<String, Mean> metrics = new LinkedHashMap<>(preference.metrics());
        metrics.put("nll_loss", new Mean(nll, tokens));
        return new Evaluation(preference.loss() + weight * nll / count, gradients, metrics);
    }

    static double[] filled(int length, double value) {
        double[] a = new double[length];
        Arrays.fill(a, value);
        return a;
    }

    /** The metrics every pair loss reports, and what a loss adds to them. */
    static final class Metrics {
        private final Map<String, Mean> means = new LinkedHashMap<>();

        void add(Pair p, Reward reward) {
            double chosen = reward.of(p.chosenRatio(), p.chosenLength());
            double rejected = reward.of(p.rejectedRatio(), p.rejectedLength());
            add("rewards/chosen", chosen);
            add("rewards/rejected", rejected);
            add("rewards/accuracies", chosen > rejected ? 1 : 0);
            add("rewards/margins", chosen - rejected);
            add("logps/chosen", p.chosen());
            add("logps/rejected", p.rejected());
        }

        void add(String name, double value) {
            means.merge(name, Mean.of(value), Mean::plus);
        }

        Map<String, Mean> means() {
            return means;
        }
    }
}
