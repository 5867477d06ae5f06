package org.align4j.losses.pair;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs.Reduction;
import org.junit.jupiter.api.Test;

/** One pair worked out by hand: 6 and 5 tokens, log-ratios 1 and −0.5; six decimals are given. */
class PairVectorsTest {
    private static final double HALF_A_DECIMAL = 5e-7;
    private final Example pair = Example.pair(
            new Example.Response(even(-12, 6), even(-13, 6)).withScore(3), new Example.Response(even(-14, 5), even(-13.5, 5)).withScore(1));

    @Test
    void values() {
        expect(0.620957, new DpoLoss(0.1));
        expect(0.635957, new DpoLoss(0.1, 0.1, false));
        expect(0.602207, new RobustDpoLoss(0.1, 0.1));
        expect(12.25, new IpoLoss(0.1, Reduction.SUM));
        expect(22.404444, new IpoLoss(0.1, Reduction.MEAN));
        expect(0.656350, new RsoSigmoidNormLoss(0.05));
        expect(0.925, new RsoHingeNormLoss(0.05));
        expect(0.9, new RsoHingeLoss(0.05));
        expect(0, new SlicHfLoss(1, 0, Reduction.SUM));
        expect(1, new SlicHfLoss(3, 0, Reduction.SUM));
        expect(2.2, new SlicHfLoss(3, 0.1, Reduction.SUM));
        expect(0.233963, new DpoNormLoss(5));
        expect(0.437488, new SimPoLoss(2, 0.5));
        expect(2.034619, new OrpoLoss(0.1, false));
        expect(0.644397, new MinorDpoLoss(0.1));
        expect(1.241914, new ScaledDpoLoss(0.1));
        expect(1.996035, new MarginDpoLoss(0.1));
        assertEquals(-0.046257, new DpoLoss(0.1).evaluate(List.of(pair)).gradients().get(0)[0][0], HALF_A_DECIMAL);
    }

    @Test
    void minorDpoAboveTheReference() {
        Example.Response likelier = new Example.Response(even(-13.1, 5), even(-13.5, 5));
        assertEquals(0.663597, new MinorDpoLoss(0.1).evaluate(List.of(Example.pair(pair.responses().get(0), likelier))).loss(), HALF_A_DECIMAL);
    }

    @Test
    void oddsRatioMetrics() {
        Evaluation e = new OrpoLoss(0.1, false).evaluate(List.of(pair));
        assertEquals(0.882676, e.metric("log_odds_chosen"), HALF_A_DECIMAL);
        assertEquals(-0.346192, e.metric("log_odds_ratio"), HALF_A_DECIMAL);
        assertEquals(2, e.metric("nll_loss"), 1e-15);
    }

    private void expect(double expected, Loss loss) {
        assertEquals(expected, loss.evaluate(List.of(pair)).loss(), HALF_A_DECIMAL, loss.toString());
    }

    private static double[] even(double sum, int tokens) {
        return Pairs.filled(tokens, sum / tokens);
    }
}
