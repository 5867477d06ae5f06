package org.align4j.examples;

import java.util.List;
import org.align4j.losses.pair.DpoLoss;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;

/**
 * A loss is a page of mathematics: here DPO judges log-probabilities that came from anywhere, without a model, a trainer or a native library.
 * It needs the module {@code losses} alone.
 */
public final class ScorePairs {
    private ScorePairs() {}

    /** Two pairs, the chosen response first; each response has the log-probabilities of its tokens under the policy and under the reference. */
    static Evaluation evaluate() {
        Example better = new Example(List.of(
                new Example.Response(new double[] {-0.2, -0.9}, new double[] {-0.4, -1.1}),
                new Example.Response(new double[] {-1.8, -2.2, -0.3}, new double[] {-1.5, -2.0, -0.3})));
        Example worse = new Example(List.of(
                new Example.Response(new double[] {-3.0}, new double[] {-2.5}),
                new Example.Response(new double[] {-1.0}, new double[] {-1.6})));
        return new DpoLoss(0.1).evaluate(List.of(better, worse));
    }

    public static void main(String[] args) {
        Evaluation e = evaluate();
        System.out.printf("loss %.6f%n", e.loss());
        e.metrics().forEach((name, mean) -> System.out.printf("%-22s %.4f%n", name, mean.value()));
        System.out.printf("∂loss/∂log π of the first token: chosen %.4f, rejected %.4f%n", e.gradients().get(0)[0][0], e.gradients().get(0)[1][0]);
    }
}
