package org.align4j.losses.supervised;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Gradients;
import org.align4j.losses.Kl;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.align4j.losses.Needs.Reduction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SupervisedLossTest {

    static Stream<Loss> all() {
        return Stream.of(new NllLoss(), new DftLoss(), new MinorSftLoss(0.3, Reduction.SUM), new MinorSftLoss(0.3, Reduction.MEAN),
                new WeightedNllLoss(), new KlAnchoredLoss(0.5, Kl.K1), new KlAnchoredLoss(0.5, Kl.K2), new KlAnchoredLoss(0.5, Kl.K3),
                new DistillationLoss(0.3), new DistillationLoss(0), new UnlikelihoodLoss(0.7));
    }

    @Test
    void namesAndDefaults() {
        assertEquals(List.of("sft", "dft", "minor_sft", "minor_sft", "weighted_sft", "kl_sft", "kl_sft", "kl_sft", "distill", "distill", "unlikelihood"),
                all().map(Loss::name).toList());
        assertEquals(new MinorSftLoss(0.04, Reduction.SUM), new MinorSftLoss());
        assertEquals(new KlAnchoredLoss(1, Kl.K3), new KlAnchoredLoss());
        assertEquals(new DistillationLoss(0.5), new DistillationLoss());
        assertEquals(new UnlikelihoodLoss(1), new UnlikelihoodLoss());
        assertEquals(List.of(false, false, true, true, false, true, true, true, true, true, false), all().map(l -> l.needs().reference()).toList());
        assertEquals(Needs.Arity.UNPAIRED, new UnlikelihoodLoss().needs().arity());
    }

    @ParameterizedTest
    @MethodSource("all")
    void onlyTheFirstResponseCounts(Loss loss) {
        List<Example> batch = Gradients.random(new Random(4), 2, 3);
        List<Example> first = batch.stream().map(e -> new Example(e.responses().subList(0, 1))).toList();
        Evaluation e = loss.evaluate(batch);
        assertEquals(loss.evaluate(first).loss(), e.loss());
        for (int i = 0; i < 2; i++) {
            for (int r = 1; r < 3; r++) {
                assertArrayEquals(new double[batch.get(i).responses().get(r).length()], e.gradients().get(i)[r]);
            }
        }
    }

    @Test
    void dftWeighsByProbability() {
        double[] lp = {Math.log(0.5), Math.log(0.1), 0};
        Evaluation e = new DftLoss().evaluate(List.of(new Example(List.of(new Example.Response(lp, null)))));
        assertEquals((0.5 * Math.log(2) + 0.1 * Math.log(10)) / 3, e.loss(), 1e-15);
        assertArrayEquals(new double[] {-0.5 / 3, -0.1 / 3, -1.0 / 3}, e.gradients().get(0)[0], 1e-15);
        Example above = new Example(List.of(new Example.Response(new double[] {1e-9}, null)));
        assertEquals(-1, new DftLoss().evaluate(List.of(above)).gradients().get(0)[0][0], "rounding above 0 is probability 1");
    }

    @Test
    void minorSftPublishedExample() {
        Example one = response(new double[] {-12}, new double[] {-13});
        Evaluation e = new MinorSftLoss(0.1, Reduction.SUM).evaluate(List.of(one));
        assertEquals(0.644397, e.loss(), 5e-7);
        assertEquals(0.950042, e.metric("deviation"), 5e-7);
        assertEquals(-0.1 * 0.950042 / 2, e.gradients().get(0)[0][0], 5e-8);
    }

    /** SUM pulls every token of the batch alike, as plain finetuning does; MEAN is the mean over examples of each one's token mean, exactly. */
    @Test
    void minorSftStartsAsPlainFinetuning() {
        double[] a = {-1, -2, -0.5};
        double[] b = {-3};
        List<Example> batch = List.of(response(a, a.clone()), response(b, b.clone()));
        Evaluation plain = new NllLoss().evaluate(batch);
        Evaluation sum = new MinorSftLoss(0.04, Reduction.SUM).evaluate(batch);
        Evaluation mean = new MinorSftLoss(0.04, Reduction.MEAN).evaluate(batch);
        for (int i = 0; i < 2; i++) {
            double[] scaled = Arrays.stream(plain.gradients().get(i)[0]).map(g -> g * 4 * 0.04 / 2 / 2).toArray();
            assertArrayEquals(scaled, sum.gradients().get(i)[0], 1e-17, "β/2 per token over 2 examples instead of 1 over 4 tokens");
            double[] own = new NllLoss().evaluate(List.of(batch.get(i))).gradients().get(0)[0];
            assertArrayEquals(Arrays.stream(own).map(g -> g / 2).toArray(), mean.gradients().get(i)[0], 1e-16);
        }
        assertEquals(1, sum.metric("deviation"), 1e-15);
        assertEquals(1, mean.metric("deviation"), 1e-15);
    }

    @Test
    void minorSftLetsGoOfWhatThePolicyAlreadyPrefers() {
        MinorSftLoss loss = new MinorSftLoss(0.1, Reduction.MEAN);
        double before = 1;
        for (double d : new double[] {0, 1, 10, 100, 500}) {
            Evaluation e = loss.evaluate(List.of(response(new double[] {d}, new double[] {0})));
            assertTrue(e.metric("deviation") <= before && e.metric("deviation") > 0);
            assertEquals(-e.metric("deviation"), e.gradients().get(0)[0][0], 1e-15);
            before = e.metric("deviation");
        }
    }

    @Test
    void weightsOfOneArePlainFinetuningAndScaleIt() {
        List<Example> batch = Gradients.random(new Random(8), 3, 1);
        Evaluation plain = new NllLoss().evaluate(batch);
        assertEquals(plain.loss(), new WeightedNllLoss().evaluate(batch).loss());
        List<Example> doubled = batch.stream().map(e -> {
            double[] w = new double[e.responses().get(0).length()];
            Arrays.fill(w, 2);
            return new Example(List.of(e.responses().get(0).withWeights(w)));
        }).toList();
        assertEquals(2 * plain.loss(), new WeightedNllLoss().evaluate(doubled).loss(), 1e-15);
        Example part = new Example(List.of(new Example.Response(new double[] {-1, -2, -4}, null).withWeights(new double[] {0, 0.5, 1})));
        Evaluation e = new WeightedNllLoss().evaluate(List.of(part));
        assertEquals(5.0 / 3, e.loss(), 1e-15);
        assertArrayEquals(new double[] {0, -0.5 / 3, -1.0 / 3}, e.gradients().get(0)[0], 1e-16);
    }

    @Test
    void anchorAddsTheEstimate() {
        Example one = response(new double[] {-1.2}, new double[] {-1.5});
        double[] expected = {0.3, 0.045, 0.040818};
        for (Kl kl : Kl.values()) {
            Evaluation e = new KlAnchoredLoss(2, kl).evaluate(List.of(one));
            assertEquals(1.2 + 2 * expected[kl.ordinal()], e.loss(), 1e-6, kl.toString());
            assertEquals(expected[kl.ordinal()], e.metric("kl"), 5e-7, kl.toString());
        }
        assertEquals(new NllLoss().evaluate(List.of(one)).loss(), new KlAnchoredLoss(0, Kl.K3).evaluate(List.of(one)).loss());
    }

    @Test
    void distillationVanishesAtTheTeacherAndDrawsTowardsIt() {
        DistillationLoss pure = new DistillationLoss(0);
        assertEquals(0, pure.evaluate(List.of(response(new double[] {-2}, new double[] {-2}))).loss());
        assertTrue(pure.evaluate(List.of(response(new double[] {-3}, new double[] {-2}))).gradients().get(0)[0][0] < 0);
        assertTrue(pure.evaluate(List.of(response(new double[] {-1}, new double[] {-2}))).gradients().get(0)[0][0] > 0);
        Evaluation e = new DistillationLoss(0.25).evaluate(List.of(response(new double[] {-1.5}, new double[] {-1.2})));
        assertEquals(0.25 * 1.5 + 0.75 * 0.040818, e.loss(), 5e-7);
        assertEquals(0.040818, e.metric("kl"), 5e-7);
    }

    @Test
    void unlikelihoodOfResponsesAndOfTokens() {
        double[] lp = {Math.log(0.5), Math.log(0.2)};
        Example.Response r = new Example.Response(lp, null);
        double wanted = Math.log(2) + Math.log(5);
        double unwanted = Math.log(2) + Math.log(1 / 0.8);
        UnlikelihoodLoss loss = new UnlikelihoodLoss(3);
        assertEquals(wanted / 2, loss.evaluate(List.of(new Example(List.of(r)))).loss(), 1e-15);
        assertEquals(wanted / 2, loss.evaluate(List.of(new Example(List.of(r.withLabel(true))))).loss(), 1e-15);
        Evaluation e = loss.evaluate(List.of(new Example(List.of(r.withLabel(false)))));
        assertEquals(3 * unwanted / 2, e.loss(), 1e-15);
        assertArrayEquals(new double[] {3.0 / 2, 3 * 0.25 / 2}, e.gradients().get(0)[0], 1e-15);
        Example token = new Example(List.of(r.withWeights(new double[] {2, -1})));
        assertEquals((2 * Math.log(2) + 3 * Math.log(1 / 0.8)) / 2, loss.evaluate(List.of(token)).loss(), 1e-15);
        assertEquals(0, loss.evaluate(List.of(new Example(List.of(r.withWeights(new double[] {0, 0}))))).loss());
    }

    @Test
    void unlikelihoodNearCertaintyIsContinuedByItsTangent() {
        UnlikelihoodLoss loss = new UnlikelihoodLoss();
        double at = unwanted(loss, -UnlikelihoodLoss.CLAMP).loss();
        double slope = 1 / Math.expm1(UnlikelihoodLoss.CLAMP);
        assertEquals(-Math.log(-Math.expm1(-1e-6)), at, 1e-12);
        assertEquals(at + 1e-6 * slope, unwanted(loss, 0).loss(), 1e-12);
        assertEquals(slope, unwanted(loss, 0).gradients().get(0)[0][0], 1e-9);
        assertEquals(Math.exp(-40), unwanted(loss, -40).loss(), 1e-12 * Math.exp(-40), "small probabilities keep their digits");
        assertEquals(0, unwanted(loss, -1e6).loss());
    }

    private static Evaluation unwanted(UnlikelihoodLoss loss, double lp) {
        return loss.evaluate(List.of(new Example(List.of(new Example.Response(new double[] {lp}, null, Double.NaN, false)))));
    }

    @ParameterizedTest
    @MethodSource("all")
    void extremesStayFinite(Loss loss) {
        for (double lp : new double[] {-1e6, -500, 0, 500}) {
            for (double lr : new double[] {-500, 0, 500}) {
                for (boolean label : new boolean[] {true, false}) {
                    Example.Response r = new Example.Response(new double[] {lp, -1}, new double[] {lr, -1}, 0, label);
                    Gradients.finite(loss.evaluate(List.of(new Example(List.of(r)))), loss + " " + lp + " " + lr);
                }
            }
        }
        List<Example> lengths = List.of(response(new double[100_000], new double[100_000]), response(new double[1], new double[1]));
        Gradients.finite(loss.evaluate(lengths), loss + " lengths");
    }

    @ParameterizedTest
    @MethodSource("all")
    void badInputIsNamed(Loss loss) {
        Example good = response(new double[] {-1}, new double[] {-1});
        message(loss, good, new Example(List.of()), "example 1 has no response");
        message(loss, good, response(new double[] {-1, Double.NaN}, new double[] {-1, -1}), "example 1, response 0, token 1: log-probability is NaN");
        message(loss, good, response(new double[] {Double.NEGATIVE_INFINITY}, new double[] {-1}), "token 0: log-probability is -Infinity");
        if (loss.needs().reference()) {
            message(loss, good, response(new double[] {-1}, null), "example 1, response 0 has no reference log-probabilities");
            message(loss, good, response(new double[] {-1}, new double[] {Double.NaN}), "token 0: reference log-probability is NaN");
        }
    }

    @Test
    void badWeightsAndSettingsAreNamed() {
        Example.Response r = new Example.Response(new double[] {-1, -2}, null);
        Example good = new Example(List.of(r));
        message(new WeightedNllLoss(), good, new Example(List.of(r.withWeights(new double[] {1}))), "has 2 log-probabilities but 1 weights");
        message(new WeightedNllLoss(), good, new Example(List.of(r.withWeights(new double[] {1, -1}))), "token 1: weight is -1.0");
        message(new UnlikelihoodLoss(), good, new Example(List.of(r.withWeights(new double[] {Double.NaN, 1}))), "token 0: weight is NaN");
        assertThrows(IllegalArgumentException.class, () -> new MinorSftLoss(0.1, Reduction.TOKEN));
        assertThrows(IllegalArgumentException.class, () -> new MinorSftLoss(0, Reduction.SUM));
        assertThrows(IllegalArgumentException.class, () -> new KlAnchoredLoss(-1, Kl.K1));
        assertThrows(IllegalArgumentException.class, () -> new DistillationLoss(1.1));
        assertThrows(IllegalArgumentException.class, () -> new DistillationLoss(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> new UnlikelihoodLoss(-0.1));
    }

    private static void message(Loss loss, Example good, Example bad, String expected) {
        String m = assertThrows(IllegalArgumentException.class, () -> loss.evaluate(List.of(good, bad))).getMessage();
        assertTrue(m.contains(expected) && m.startsWith(loss.name()), m);
    }

    private static Example response(double[] lp, double[] reference) {
        return new Example(List.of(new Example.Response(lp, reference)));
    }
}
