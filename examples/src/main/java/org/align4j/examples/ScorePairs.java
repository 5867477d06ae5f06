package org.align4j.examples;

import java.util.Arrays;
import java.util.List;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.pair.DpoLoss;

/**
 * A loss is a page of mathematics: here DPO judges log-probabilities that came from anywhere, without a model, a trainer or a native library.
 * It needs the module {@code losses} alone.
 */
public final class ScorePairs {
    private ScorePairs() {}

    /** One pair, the chosen response first; each response has the log-probabilities of its tokens under the policy and under the reference. */
    static Evaluation evaluate() {
        Example pair = Example.pair(
                new Example.Response(new double[] {-0.2, -0.9}, new double[] {-0.4, -1.1}),
                new Example.Response(new double[] {-1.8, -2.2, -0.3}, new double[] {-1.5, -2.0, -0.3}));
        Evaluation e = new DpoLoss(0.1).evaluate(List.of(pair));
        return e;
    }

    public static void main(String[] args) {
        Evaluation e = evaluate();
        System.out.printf("loss %.6f%n", e.loss());
        e.metrics().forEach((name, mean) -> System.out.printf("%-22s %.4f%n", name, mean.value()));
        double[] gradient = e.gradients().get(0)[0];
        System.out.printf("∂loss/∂log π of every token of the chosen response: %s%n", Arrays.toString(gradient));
    }
}
