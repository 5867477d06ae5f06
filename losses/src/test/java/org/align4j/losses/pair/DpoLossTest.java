package org.align4j.losses.pair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.junit.jupiter.api.Test;

class DpoLossTest {

    @Test
    void publishedExample() {
        Example pair = pair(-12, -13, -14, -13.5);
        assertEquals(0.620957, new DpoLoss(0.1).evaluate(List.of(pair)).loss(), 5e-7);
        assertEquals(-0.046257, gradient(new DpoLoss(0.1), pair), 5e-7);
        assertEquals(0.635957, new DpoLoss(0.1, 0.1, false).evaluate(List.of(pair)).loss(), 5e-7);
    }

    @Test
    void atEqualRatiosLossIsLogTwoAndGradientHalfBeta() {
        Example pair = pair(-7, -6, -3, -2);
        assertEquals(Math.log(2), new DpoLoss(0.3).evaluate(List.of(pair)).loss(), 1e-15);
        assertEquals(-0.15, gradient(new DpoLoss(0.3), pair), 1e-15);
        assertEquals(0.0, new DpoLoss(0.3).evaluate(List.of(pair)).metric("rewards/accuracies"), "a tie is not a win");
    }

    @Test
    void smoothedGradientChangesSignWhereConfidenceReachesTheLabel() {
        double epsilon = 0.2;
        double beta = 0.5;
        double h = Math.log((1 - epsilon) / epsilon) / beta;
        DpoLoss loss = new DpoLoss(beta, epsilon, false);
        assertEquals(0, gradient(loss, pair(h, 0, 0, 0)), 1e-15);
        assertTrue(gradient(loss, pair(h - 1e-3, 0, 0, 0)) < 0);
        assertTrue(gradient(loss, pair(h + 1e-3, 0, 0, 0)) > 0);
    }

    @Test
    void addingAConstantToBothChangesNothing() {
        DpoLoss loss = new DpoLoss(0.1, 0.1, false);
        Example pair = pair(-12, -13, -14, -13.5);
        Example shifted = pair(-20, -13, -22, -13.5);
        assertEquals(loss.evaluate(List.of(pair)).loss(), loss.evaluate(List.of(shifted)).loss(), 1e-15);
        assertEquals(gradient(loss, pair), gradient(loss, shifted), 1e-15);
    }

    /** Identical responses pull with equal and opposite force, so that nothing is left of the gradient of the shared parameters. */
    @Test
    void identicalResponsesCancel() {
        Evaluation e = new DpoLoss(0.1).evaluate(List.of(pair(-5, -4, -5, -4)));
        assertEquals(0, e.gradients().get(0)[0][0] + e.gradients().get(0)[1][0]);
    }

    @Test
    void swappingLabelsNegatesTheGradientAtZero() {
        DpoLoss loss = new DpoLoss(0.1);
        Example pair = pair(-3, -2, -9, -8);
        Example swapped = pair(-9, -8, -3, -2);
        Evaluation a = loss.evaluate(List.of(pair));
        Evaluation b = loss.evaluate(List.of(swapped));
        assertEquals(a.gradients().get(0)[0][0], -b.gradients().get(0)[1][0]);
        assertEquals(a.gradients().get(0)[1][0], -b.gradients().get(0)[0][0]);
    }

    @Test
    void extremeRatiosStayFinite() {
        DpoLoss loss = new DpoLoss(1);
        assertEquals(500, loss.evaluate(List.of(pair(-500, 0, 0, 0))).loss(), 1e-12);
        assertEquals(-1, gradient(loss, pair(-500, 0, 0, 0)));
        assertEquals(Math.exp(-500), loss.evaluate(List.of(pair(0, -500, 0, 0))).loss(), 1e-12 * Math.exp(-500));
        assertEquals(-Math.exp(-500), gradient(loss, pair(0, -500, 0, 0)), 1e-12 * Math.exp(-500));
        DpoLoss smooth = new DpoLoss(1, 0.1, false);
        assertEquals(50, smooth.evaluate(List.of(pair(0, -500, 0, 0))).loss(), 1e-12);
        assertEquals(0.1, gradient(smooth, pair(0, -500, 0, 0)), 1e-15);
        assertTrue(Double.isFinite(loss.evaluate(List.of(pair(-1e6, 0, 0, -1e6))).loss()));
    }

    @Test
    void metricsAreMeansOverPairs() {
        Evaluation e = new DpoLoss(0.1).evaluate(List.of(pair(-12, -13, -14, -13.5), pair(-4, -2, -3, -5)));
        assertEquals(-0.05, e.metric("rewards/chosen"), 1e-15);
        assertEquals(0.075, e.metric("rewards/rejected"), 1e-15);
        assertEquals(-0.125, e.metric("rewards/margins"), 1e-15);
        assertEquals(0.5, e.metric("rewards/accuracies"));
        assertEquals(-8.0, e.metric("logps/chosen"));
        assertEquals(-8.5, e.metric("logps/rejected"));
    }

    @Test
    void referenceFreeAsksForNoneAndIgnoresOne() {
        DpoLoss free = new DpoLoss(0.1, 0, true);
        assertEquals(false, free.needs().reference());
        assertEquals(true, new DpoLoss(0.1).needs().reference());
        Example without = example(new double[][] {{-12}, {-14}}, new double[][] {null, null});
        assertEquals(free.evaluate(List.of(without)).loss(), free.evaluate(List.of(pair(-12, -13, -14, -13.5))).loss());
    }

    @Test
    void badInputIsNamed() {
        DpoLoss loss = new DpoLoss(0.1);
        Example good = pair(-1, -1, -1, -1);
        message(loss, good, new Example(List.of(good.responses().get(0))), "example 1 has 1 response(s), required are 2");
        message(loss, good, example(new double[][] {{-1}, {-2}}, new double[][] {{-1}, null}),
                "example 1, response 1 has no reference log-probabilities");
        message(loss, good, example(new double[][] {{-1}, {-2, Double.NaN}}, new double[][] {{-1}, {-2, -2}}),
                "example 1, response 1, token 1: log-probability is NaN");
        message(loss, good, example(new double[][] {{-1}, {-2}}, new double[][] {{Double.NEGATIVE_INFINITY}, {-2}}),
                "example 1, response 0, token 0: reference log-probability is -Infinity");
        message(loss, good, example(new double[][] {{-1}, {-2}}, new double[][] {{-1}, {-2, -3}}),
                "has 1 log-probabilities but 2 reference");
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new DpoLoss(0));
        assertThrows(IllegalArgumentException.class, () -> new DpoLoss(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> new DpoLoss(0.1, 0.5, false));
        assertThrows(IllegalArgumentException.class, () -> new DpoLoss(0.1, -0.1, false));
    }

    private static void message(DpoLoss loss, Example good, Example bad, String expected) {
        String m = assertThrows(IllegalArgumentException.class, () -> loss.evaluate(List.of(good, bad))).getMessage();
        assertTrue(m.contains(expected), m);
    }

    private static double gradient(DpoLoss loss, Example pair) {
        return loss.evaluate(List.of(pair)).gradients().get(0)[0][0];
    }

    private static Example pair(double w, double rw, double l, double rl) {
        return example(new double[][] {{w}, {l}}, new double[][] {{rw}, {rl}});
    }

    private static Example example(double[][] lp, double[][] ref) {
        return new Example(List.of(new Example.Response(lp[0], ref[0]), new Example.Response(lp[1], ref[1])));
    }
}
