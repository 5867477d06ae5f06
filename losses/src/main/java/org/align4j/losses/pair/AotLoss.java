package org.align4j.losses.pair;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * Alignment via optimal transport: the batch's distribution of one quantity is to dominate that of another, quantile by quantile.
 *
 * <pre>
 *   paired:   u_i = log π(y_w) − log π(y_l),           v_i = log π_ref(y_w) − log π_ref(y_l)
 *   unpaired: u_i = d_w,                               v_i = d_l
 *   z_k = β·(u_(k) − v_(k)), u_(k) and v_(k) the k-th smallest of the batch
 *   L = mean_k [−(1−ε)·log σ(z_k) − ε·log σ(−z_k)]
 *   ∂L/∂u_(k) = β·[ε·σ(z_k) − (1−ε)·σ(−z_k)]/n = −∂L/∂v_(k)
 * </pre>
 *
 * <p>The batch is coupled ({@link Needs.Extra#BATCH}); with one pair both forms are DPO. Equal values are taken in the order of their examples.
 * TRL's {@code aot} and {@code aot_unpaired}.
 * Melnyk et al., <a href="https://arxiv.org/abs/2406.05882">Distributional Preference Alignment of LLMs via Optimal Transport</a> (2024).
 *
 * @param beta           β &gt; 0, strength of the pull to the reference; default 0.1
 * @param labelSmoothing ε in [0, 0.5); default 0
 * @param paired         whether responses are compared within pairs first; default true
 */
public record AotLoss(double beta, double labelSmoothing, boolean paired) implements Loss {

    public AotLoss {
        Checks.positive("aot", "beta", beta);
        Checks.smoothing("aot", labelSmoothing);
    }

    /** β = 0.1, no smoothing, paired. */
    public AotLoss() {
        this(0.1, 0, true);
    }

    @Override
    public String name() {
        return "aot";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.PAIR, Needs.Reduction.SUM, Needs.Extra.REFERENCE, Needs.Extra.BATCH);
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        Pair.Value[] values = values(Pairs.whole(this, part, batch));
        return Pairs.evaluate(this, (ratio, length) -> beta * ratio, (i, e, pair, metrics) -> values[i], part, batch);
    }

    /** The loss of a quantile is booked on the pair that u_(k) is from. */
    Pair.Value[] values(List<Pair> pairs) {
        double[] u = pairs.stream().mapToDouble(p -> paired ? p.chosen() - p.rejected() : p.chosenRatio()).toArray();
        double[] v = pairs.stream().mapToDouble(p -> paired ? p.chosenReference() - p.rejectedReference() : p.rejectedRatio()).toArray();
        Integer[] first = ascending(u);
        Integer[] second = ascending(v);
        double[] losses = new double[u.length];
        double[] chosen = new double[u.length];
        double[] rejected = new double[u.length];
        for (int k = 0; k < u.length; k++) {
            Curve c = Shape.SIGMOID.of(u[first[k]] - v[second[k]], beta, labelSmoothing);
            losses[first[k]] = c.value();
            chosen[first[k]] = c.slope();
            rejected[paired ? first[k] : second[k]] = -c.slope();
        }
        Pair.Value[] values = new Pair.Value[u.length];
        Arrays.setAll(values, i -> new Pair.Value(losses[i], chosen[i], rejected[i]));
        return values;
    }

    private static Integer[] ascending(double[] x) {
        Integer[] order = new Integer[x.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> x[i]));
        return order;
    }
}
