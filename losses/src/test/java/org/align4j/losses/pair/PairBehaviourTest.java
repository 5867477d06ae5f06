package org.align4j.losses.pair;

import static org.align4j.losses.pair.PairLosses.pair;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs.Extra;
import org.align4j.losses.Needs.Reduction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What sets one loss apart from another. */
class PairBehaviourTest {

    @Test
    void hingeIsExactlySatisfiedAtItsMargin() {
        assertArrayEquals(new double[] {0, 0}, gradient(new RsoHingeNormLoss(0.5), pair(-3, -5, -4, -4)));
        assertArrayEquals(new double[] {-0.5, 0.5}, gradient(new RsoHingeNormLoss(0.5), pair(-3.1, -5, -4, -4)));
        assertArrayEquals(new double[] {0, 0}, gradient(new RsoHingeLoss(0.5), pair(-3, 0, -5, 0)));
        assertArrayEquals(new double[] {0, 0}, gradient(new SlicHfLoss(2, 0, Reduction.SUM), pair(-3, 0, -5, 0)));
        assertArrayEquals(new double[] {-1, 1}, gradient(new SlicHfLoss(2.5, 0, Reduction.SUM), pair(-3, 0, -5, 0)));
    }

    @Test
    void ipoPullsBackPastItsTarget() {
        IpoLoss loss = new IpoLoss(0.25, Reduction.SUM);
        assertArrayEquals(new double[] {0, 0}, gradient(loss, pair(-3, -5, -4, -4)));
        assertTrue(gradient(loss, pair(-2, -5, -4, -4))[0] > 0);
        assertTrue(gradient(loss, pair(-4, -5, -4, -4))[0] < 0);
    }

    @Test
    void robustDpoIsUnbiasedUnderFlips() {
        RobustDpoLoss robust = new RobustDpoLoss(0.3, 0.2);
        Example kept = pair(-3, -5, -4, -4.5);
        Example flipped = pair(-4, -4.5, -3, -5);
        assertEquals(loss(new DpoLoss(0.3), kept), 0.8 * loss(robust, kept) + 0.2 * loss(robust, flipped), 1e-14);
        assertTrue(gradient(robust, pair(0, -1000, 0, 0))[0] < 0, "it never pulls back");
    }

    @Test
    void minorDpoSparesARejectedResponseBelowTheReference() {
        MinorDpoLoss loss = new MinorDpoLoss(0.1);
        assertEquals(0.0, gradient(loss, pair(-3, -4, -5, -4))[1]);
        assertEquals(0.0, gradient(loss, pair(-3, -4, -4, -4))[1]);
        assertTrue(gradient(loss, pair(-3, -4, -3.9, -4))[1] > 0);
    }

    @Test
    void aConstantAddedToBothMattersToOrpoAlone() {
        Example e = pair(-1, -1.5, -2, -1.5);
        Example shifted = pair(-2, -1.5, -3, -1.5);
        for (Loss loss : List.of(new DpoLoss(), new RsoHingeLoss(), new RsoHingeNormLoss(), new SlicHfLoss(3, 0, Reduction.SUM), new IpoLoss())) {
            assertEquals(loss(loss, e), loss(loss, shifted), 1e-14, loss.name());
        }
        double a = new OrpoLoss().evaluate(List.of(e)).metric("log_odds_chosen");
        double b = new OrpoLoss().evaluate(List.of(shifted)).metric("log_odds_chosen");
        assertTrue(a - b > 0.1, a + " and " + b);
    }

    /** Where both responses are the same, their gradients cancel in the parameters, but for likelihood terms and losses that judge each by itself. */
    @Test
    void identicalResponsesCancel() {
        Example same = Example.pair(new Example.Response(new double[] {-1, -2}, new double[] {-2, -2}).withScore(2),
                new Example.Response(new double[] {-1, -2}, new double[] {-2, -2}).withScore(1));
        int cancelling = 0;
        for (Loss loss : PairLosses.defaults()) {
            if (List.of("slic", "orpo", "cpo", "rpo", "minor_dpo", "dpop", "nca", "bco_pair", "sppo", "apo_zero", "apo_down", "wpo").contains(loss.name())) {
                continue;
            }
            double[] g = gradient(loss, same);
            assertEquals(0, g[0] + g[1], 1e-15, loss.name());
            assertNotEquals(0, g[0], loss.name());
            cancelling++;
        }
        assertEquals(16, cancelling);
        double[] ratio = gradient(new OrpoLoss(), same);
        assertEquals(-0.5, ratio[0] + ratio[1], 1e-15, "only the likelihood of two tokens is left");
    }

    @Test
    void dpopHoldsTheChosenResponseUp() {
        double[] below = gradient(new DpopLoss(0.1, 50), pair(-5, -4, -6, -4));
        assertEquals(-51 * below[1], below[0], 1e-12 * Math.abs(below[0]));
        double[] above = gradient(new DpopLoss(0.1, 50), pair(-3, -4, -6, -4));
        assertEquals(-above[1], above[0]);
    }

    @Test
    void alphaPoWithoutAlphaIsSimPo() {
        Example e = PairLosses.random(11, 1).get(0);
        assertEquals(loss(new SimPoLoss(2, 0.3), e), loss(new AlphaPoLoss(2, 0.3, 0), e), 1e-15);
        assertEquals(loss(new SimPoLoss(2, 0.3), e), loss(new AlphaPoLoss(2, 0.3, 1e-9), e), 1e-8);
        Example unlikely = pair(-1100, 0, -1, 0);
        String m = assertThrows(IllegalArgumentException.class, () -> new AlphaPoLoss(2, 0.3, 1).evaluate(List.of(unlikely))).getMessage();
        assertTrue(m.startsWith("alphapo: example 0: the loss is Infinity"), m);
    }

    @Test
    void divergencesMeetWhereTheyShould() {
        for (double r : new double[] {-60, -2, -0.1, 0, 0.3, 5}) {
            assertEquals(Divergence.forwardKl().score(r), Divergence.alpha(0).score(r));
            assertEquals(Divergence.alpha(0.7).slope(r), Divergence.legacyAlpha(0.3).slope(r), 1e-12 * Divergence.alpha(0.7).slope(r));
            assertEquals(r, Divergence.alpha(1 + 1e-10).score(r), r * r * 1e-10 + 1e-15, "the second term of the series is r²(α − 1)/2");
        }
        for (Divergence d : List.of(Divergence.reverseKl(), Divergence.forwardKl(), Divergence.js(), Divergence.alpha(0.5), Divergence.alpha(3))) {
            assertEquals(0, d.score(0), 1e-15, "no divergence, no score: " + d);
        }
        assertEquals(Divergence.forwardKl().score(-80), Divergence.forwardKl().score(-300));
        assertEquals(0.0, Divergence.forwardKl().slope(-300));
    }

    @Test
    void orpoIsFiniteUpToCertainty() {
        for (double m : new double[] {-1e-3, -1e-6, -1e-9, 0}) {
            Evaluation e = new OrpoLoss().evaluate(List.of(pair(m, 0, -1, 0), pair(-1, 0, m, 0)));
            assertTrue(Double.isFinite(e.loss()), "m = " + m);
            double rejected = e.gradients().get(1)[1][0];
            assertTrue(rejected > 0 && rejected < 1e5, "m = " + m + ": " + rejected);
        }
        double odds = new OrpoLoss().evaluate(List.of(pair(0, 0, -Math.log(2), 0))).metric("log_odds_chosen");
        assertEquals(Math.log(1e6), odds, 1e-6, "the odds at the clamp, against even odds");
    }

    @Test
    void likelihoodIsAMeanOverTheTokensOfTheBatch() {
        Example a = new Example(List.of(new Example.Response(new double[] {-1}, null), new Example.Response(new double[] {-9}, null)), new double[] {-2, -4});
        Example b = new Example(List.of(new Example.Response(new double[] {-2, -3, -4}, null), new Example.Response(new double[] {-9}, null)), new double[] {-5});
        assertEquals(2.5, new OrpoLoss(0.1, false).evaluate(List.of(a, b)).metric("nll_loss"), 1e-15);
        assertEquals(2.5, new CpoLoss().evaluate(List.of(a, b)).metric("nll_loss"), 1e-15);
        Evaluation e = new OrpoLoss(0.1, true).evaluate(List.of(a, b));
        assertEquals(3, e.metric("nll_loss"), 1e-15);
        assertArrayEquals(new double[] {-1 / 7.0, -1 / 7.0}, e.gradients().get(0)[2]);
        Example c = new Example(List.of(new Example.Response(new double[] {-2, -3, -4}, new double[3]), new Example.Response(new double[] {-9}, new double[1])));
        Example d = new Example(List.of(new Example.Response(new double[] {-1}, new double[1]), new Example.Response(new double[] {-9}, new double[1])));
        assertEquals(2, new RpoLoss().evaluate(List.of(c, d)).metric("nll_loss"), 1e-15, "a mean over pairs");
        assertEquals(loss(new DpoLoss(), c) + 0.5 * 3, loss(new RpoLoss(0.1, 0.5), c), 1e-15);
    }

    @Test
    void slicTakesAThirdResponseAsItsTarget() {
        Example.Response w = new Example.Response(new double[] {-1, -2}, null);
        Example.Response l = new Example.Response(new double[] {-2}, null);
        Example.Response target = new Example.Response(new double[] {-4, -6}, null);
        Evaluation e = new SlicHfLoss(1, 0.5, Reduction.SUM).evaluate(List.of(new Example(List.of(w, l, target)), Example.pair(w, l)));
        assertEquals((2 + 5 + 2 + 1.5) / 2, e.loss(), 1e-15);
        assertArrayEquals(new double[] {-0.25, -0.25}, e.gradients().get(0)[2]);
        assertArrayEquals(new double[] {-0.5, -0.5}, e.gradients().get(0)[0]);
        assertArrayEquals(new double[] {-0.75, -0.75}, e.gradients().get(1)[0]);
        Example four = new Example(List.of(w, l, target, target));
        assertThrows(IllegalArgumentException.class, () -> new SlicHfLoss().evaluate(List.of(four)));
        Example bad = new Example(List.of(w, l, new Example.Response(new double[] {Double.NaN}, null)));
        String m = assertThrows(IllegalArgumentException.class, () -> new SlicHfLoss().evaluate(List.of(bad))).getMessage();
        assertTrue(m.contains("example 0, response 2, token 0"), m);
    }

    @Test
    void bcoShiftIsTheMeanOfAllRewardsSoFar() {
        BcoPairLoss loss = new BcoPairLoss(0.5, true);
        assertTrue(loss.needs().needs(Extra.BATCH));
        List<Example> first = List.of(pair(-3, -5, -4, -2));
        Evaluation a = loss.evaluate(first);
        assertArrayEquals(new double[] {0, 2}, a.state());
        List<Example> second = List.of(pair(-1, -5, -4, -2), pair(-2, -6, -3, -3));
        Evaluation b = loss.evaluate(second, Batch.of(second).withState(a.state()));
        assertArrayEquals(new double[] {(1 - 1 + 2 - 1 + 2 + 0) / 6.0, 6}, b.state(), 1e-15);
        assertEquals(0.5, b.metric("delta"), 1e-15);
        String m = assertThrows(IllegalArgumentException.class, () -> loss.evaluate(second, Batch.of(second))).getMessage();
        assertTrue(m.contains("running mean and its count, found 0"), m);
        assertEquals(0, new BcoPairLoss(0.5, false).evaluate(first).state().length);
    }

    @Test
    void aotOfOnePairIsDpoAndOfTiesAMeanOfDpo() {
        Example e = pair(-3, -5, -4, -4.5);
        for (boolean paired : new boolean[] {true, false}) {
            AotLoss aot = new AotLoss(0.3, 0.1, paired);
            assertEquals(loss(new DpoLoss(0.3, 0.1, false), e), loss(aot, e), 1e-15);
            Evaluation ties = aot.evaluate(List.of(e, e, e));
            assertEquals(loss(aot, e), ties.loss(), 1e-15);
            assertEquals(gradient(aot, e)[0] / 3, ties.gradients().get(2)[0][0], 1e-15);
        }
    }

    @Test
    void ldDpoWithAlphaOneIsDpo() {
        Example e = PairLosses.random(12, 1).get(0);
        assertEquals(loss(new DpoLoss(0.2), e), loss(new LdDpoLoss(0.2, 1), e), 1e-15);
    }

    @Test
    void wpoWeighsByTheLikelihoodOfBoth() {
        Example e = Example.pair(
                new Example.Response(new double[] {-1, -3}, new double[] {-2, -2}).withCollision(new double[] {-1, -1}),
                new Example.Response(new double[] {-2}, new double[] {-1}).withCollision(new double[] {-1.5}));
        Evaluation wpo = new WpoLoss(new DpoLoss(0.2)).evaluate(List.of(e));
        double weight = Math.exp(-1 - 0.5);
        assertEquals(weight, wpo.metric("wpo_weights"), 1e-15);
        assertEquals(weight * loss(new DpoLoss(0.2), e), wpo.loss(), 1e-15);
        assertEquals(weight * gradient(new DpoLoss(0.2), e)[0], wpo.gradients().get(0)[0][1], 1e-15);
    }

    @Test
    void impossibleSettingsAreRefused() {
        List<Executable> all = List.of(() -> new RobustDpoLoss(-1, 0), () -> new RobustDpoLoss(0.1, 0.5), () -> new IpoLoss(0, Reduction.SUM),
                () -> new IpoLoss(0.1, Reduction.TOKEN), () -> new IpoLoss(0.1, null), () -> new FDpoLoss(null, Shape.IPO, 1),
                () -> new FDpoLoss(Divergence.js(), null, 1), () -> new FDpoLoss(Divergence.js(), Shape.IPO, 0), () -> Divergence.alpha(1),
                () -> Divergence.alpha(Double.NaN), () -> Divergence.legacyAlpha(0), () -> new RsoHingeLoss(0), () -> new RsoHingeNormLoss(0),
                () -> new RsoSigmoidNormLoss(0), () -> new DpoNormLoss(0), () -> new SlicHfLoss(0, 1, Reduction.SUM),
                () -> new SlicHfLoss(1, -1, Reduction.SUM), () -> new SlicHfLoss(1, 1, Reduction.TOKEN), () -> new OrpoLoss(0, true),
                () -> new CpoLoss(0, Shape.HINGE, 0, 1), () -> new CpoLoss(1, null, 0, 1), () -> new CpoLoss(1, Shape.HINGE, 0.1, 1),
                () -> new CpoLoss(1, Shape.SIGMOID, 0.6, 1), () -> new CpoLoss(1, Shape.SIGMOID, 0, -1), () -> new SimPoLoss(0, 0),
                () -> new SimPoLoss(1, -1), () -> new SimPoLoss(1, 1, 0.5), () -> new AlphaPoLoss(0, 0, 0), () -> new AlphaPoLoss(1, -1, 0),
                () -> new AlphaPoLoss(1, 0, Double.NaN), () -> new MinorDpoLoss(0), () -> new LdDpoLoss(0, 0), () -> new LdDpoLoss(1, 1.1),
                () -> new LdDpoLoss(1, -0.1), () -> new RpoLoss(0, 1), () -> new RpoLoss(1, -1), () -> new DpopLoss(0, 1), () -> new DpopLoss(1, -1),
                () -> new ExoLoss(0, 0.1), () -> new ExoLoss(1, 0), () -> new ExoLoss(1, 0.5), () -> new NcaLoss(0), () -> new BcoPairLoss(0, true),
                () -> new SppoLoss(0), () -> new AotLoss(0, 0, true), () -> new AotLoss(1, 0.5, true), () -> new ApoZeroLoss(0), () -> new ApoDownLoss(0),
                () -> new DiscoPopLoss(0, 1), () -> new DiscoPopLoss(1, 0), () -> new DiscoPopLoss(1, 1.5), () -> new ScaledDpoLoss(0),
                () -> new MarginDpoLoss(0), () -> new WpoLoss(null), () -> new WpoLoss(new RpoLoss()));
        for (int k = 0; k < all.size(); k++) {
            String m = assertThrows(IllegalArgumentException.class, all.get(k), "setting " + k).getMessage();
            assertTrue(m.matches("(?s)[a-z_]+: .*"), m);
        }
    }

    private static double loss(Loss loss, Example e) {
        return loss.evaluate(List.of(e)).loss();
    }

    /** Of the first token of either response. */
    private static double[] gradient(Loss loss, Example e) {
        double[][] g = loss.evaluate(List.of(e)).gradients().get(0);
        return new double[] {g[0][0] + 0.0, g[1][0] + 0.0}; // + 0.0 makes a negative zero a plain one
    }
}
