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
import org.align4j.losses.Needs.Reduction;
import org.align4j.losses.internal.Checks;

/** From examples to pairs and back. */
final class Pairs {
    private Pairs() {
    }

    static Evaluation evaluate(PairLoss loss, List<Example> part, Batch batch) {
        double share = 0;
        List<double[][]> gradients = new ArrayList<>(part.size());
        Metrics metrics = new Metrics(loss.rewardScale(), loss.needs().reduction() == Reduction.MEAN);
        for (int i = 0; i < part.size(); i++) {
            Pair p = pair(loss, i, part.get(i));
            Pair.Value v = loss.of(p);
            share += v.loss() / batch.examples();
            gradients.add(new double[][] {filled(p.chosenLength(), v.chosen() / batch.examples()),
                filled(p.rejectedLength(), v.rejected() / batch.examples())});
            metrics.add(p);
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
        return new Pair(w.sum(), l.sum(), reference ? w.referenceSum() : 0, reference ? l.referenceSum() : 0, w.length(), l.length(),
                w.score() - l.score());
    }

    static double[] filled(int length, double value) {
        double[] a = new double[length];
        Arrays.fill(a, value);
        return a;
    }

    /** The metrics every pair loss reports. */
    static final class Metrics {
        private static final String[] NAMES = {
            "rewards/chosen", "rewards/rejected", "rewards/accuracies", "rewards/margins", "logps/chosen", "logps/rejected"};
        private final double scale;
        private final boolean mean;
        private final double[] totals = new double[NAMES.length];
        private int count;

        Metrics(double scale, boolean mean) {
            this.scale = scale;
            this.mean = mean;
        }

        void add(Pair p) {
            double chosen = scale * p.chosenRatio() / (mean ? p.chosenLength() : 1);
            double rejected = scale * p.rejectedRatio() / (mean ? p.rejectedLength() : 1);
            double[] values = {chosen, rejected, chosen > rejected ? 1 : 0, chosen - rejected, p.chosen(), p.rejected()};
            for (int k = 0; k < values.length; k++) {
                totals[k] += values[k];
            }
            count++;
        }

        Map<String, Mean> means() {
            Map<String, Mean> m = new LinkedHashMap<>();
            for (int k = 0; k < NAMES.length; k++) {
                m.put(NAMES[k], new Mean(totals[k], count));
            }
            return m;
        }
    }
}
