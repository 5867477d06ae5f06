package org.align4j.losses.unpaired;

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
import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/**
 * From labelled examples to rewards r = β·(Σ log π − Σ log π_ref) and back. The first response of an example counts; further ones get gradient 0.
 *
 * <p>Metrics: {@code rewards/chosen}, {@code logps/chosen} over the desirable responses and {@code rewards/rejected}, {@code logps/rejected} over the
 * undesirable ones, each there only if there is such a response.
 */
final class Unpaired {
    private final Loss loss;
    private final double beta;
    private final List<Example> part;
    private final double[] rewards;

    /** A loss's value and its derivative by the reward. */
    record Value(double loss, double derivative) {
    }

    /** The loss of one response. */
    interface Term {
        Value of(boolean desirable, double reward);
    }

    Unpaired(Loss loss, double beta, List<Example> part) {
        this.loss = loss;
        this.beta = beta;
        this.part = part;
        rewards = new double[part.size()];
        for (int i = 0; i < rewards.length; i++) {
            rewards[i] = beta * ratio(i, 0);
            if (part.get(i).responses().get(0).label() == null) {
                throw new IllegalArgumentException(loss.name() + ": example " + i + " has no label, required is whether its response is desirable");
            }
        }
    }

    /** Σ log π − Σ log π_ref of a response, checked. */
    double ratio(int example, int response) {
        List<Example.Response> responses = part.get(example).responses();
        if (responses.size() <= response) {
            throw new IllegalArgumentException(loss.name() + ": example " + example + " has " + responses.size() + " response(s), required "
                    + (response == 0 ? "is at least one" : "are two: its own, then the one that belongs to another prompt"));
        }
        Example.Response r = responses.get(response);
        Checks.policy(loss.name(), example, response, r);
        Checks.reference(loss.name(), example, response, r);
        return r.sum() - r.referenceSum();
    }

    double[] rewards() {
        return rewards;
    }

    /** Requires that the batch was given whole. */
    void whole(Batch batch) {
        if (part.isEmpty() || part.size() != batch.examples()) {
            throw new IllegalArgumentException(loss.name() + ": " + part.size() + " of the batch's " + batch.examples()
                    + " examples were given, required are all at once, and at least one: they are coupled");
        }
    }

    /** The mean over the batch's examples. */
    Evaluation mean(Batch batch, Term term) {
        double share = 0;
        List<double[][]> gradients = new ArrayList<>(part.size());
        for (int i = 0; i < part.size(); i++) {
            List<Example.Response> responses = part.get(i).responses();
            Value v = term.of(responses.get(0).label(), rewards[i]);
            share += v.loss() / batch.examples();
            double[][] rows = new double[responses.size()][];
            for (int r = 0; r < rows.length; r++) {
                rows[r] = new double[responses.get(r).length()];
            }
            Arrays.fill(rows[0], beta * v.derivative() / batch.examples());
            gradients.add(rows);
        }
        return new Evaluation(share, gradients, metrics());
    }

    /** w·(1 − σ(z)) of a desirable, w·σ(z) of an undesirable response, and the derivative by z. */
    static Value prospect(boolean desirable, double z, double weight) {
        double sign = desirable ? 1 : -1;
        double against = LogSigmoid.sigmoid(-sign * z);
        return new Value(weight * against, -sign * weight * against * LogSigmoid.sigmoid(sign * z));
    }

    private Map<String, Mean> metrics() {
        Map<String, Mean> m = new LinkedHashMap<>();
        for (int i = 0; i < part.size(); i++) {
            Example.Response r = part.get(i).responses().get(0);
            String side = r.label() ? "chosen" : "rejected";
            m.merge("rewards/" + side, Mean.of(rewards[i]), Mean::plus);
            m.merge("logps/" + side, Mean.of(r.sum()), Mean::plus);
        }
        return m;
    }

    /**
     * An evaluation of the whole batch with one more metric, and with {@code rewards/margins}, the difference of the means of the desirable and the
     * undesirable rewards, if there are both.
     */
    static Evaluation with(Evaluation e, String name, double value, double[] state) {
        Map<String, Mean> m = new LinkedHashMap<>(e.metrics());
        m.put(name, Mean.of(value));
        if (m.containsKey("rewards/chosen") && m.containsKey("rewards/rejected")) {
            m.put("rewards/margins", Mean.of(e.metric("rewards/chosen") - e.metric("rewards/rejected")));
        }
        return new Evaluation(e.loss(), e.gradients(), m, state);
    }
}
