package org.align4j.core.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Mean;
import org.align4j.losses.Needs.Arity;

/**
 * Sums over the parts of a batch.
 *
 * <p>Beside the loss's own metrics: {@code logps/chosen_drift} and {@code logps/rejected_drift}, the means of log π(y|x) − log π_ref(y|x) in nats
 * over chosen and rejected (for unpaired data: desirable and undesirable) responses, where there is a reference.
 */
final class Totals {
    private double loss;
    private double[] state = new double[0];
    private final Map<String, Mean> metrics = new LinkedHashMap<>();

    /** Evaluates a part and adds it; returns the gradients. */
    List<double[][]> add(Loss objective, List<Example> part, Batch whole) {
        Evaluation e = objective.evaluate(part, whole);
        loss += e.loss();
        state = e.state();
        e.metrics().forEach((k, v) -> metrics.merge(k, v, Mean::plus));
        if (objective.needs().reference()) {
            part.forEach(x -> drift(objective.needs().arity(), x.responses()));
        }
        return e.gradients();
    }

    private void drift(Arity arity, List<Example.Response> responses) {
        if (arity == Arity.PAIR) {
            drift("logps/chosen_drift", responses.get(0));
            drift("logps/rejected_drift", responses.get(1));
        } else if (arity == Arity.UNPAIRED) {
            drift(responses.get(0).label() ? "logps/chosen_drift" : "logps/rejected_drift", responses.get(0));
        }
    }

    private void drift(String name, Example.Response r) {
        metrics.merge(name, Mean.of(r.sum() - r.referenceSum()), Mean::plus);
    }

    /** The batch's loss. */
    double loss() {
        return loss;
    }

    /** What the loss gives the next batch. */
    double[] state() {
        return state;
    }

    Map<String, Double> means() {
        Map<String, Double> m = new LinkedHashMap<>();
        m.put("loss", loss);
        metrics.forEach((k, v) -> {
            if (v.count() > 0) {
                m.put(k, v.value());
            }
        });
        return m;
    }
}
