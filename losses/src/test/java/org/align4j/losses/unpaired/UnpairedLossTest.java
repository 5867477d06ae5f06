package org.align4j.losses.unpaired;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Gradients;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UnpairedLossTest {

    static Stream<Loss> all() {
        return Stream.of(new KtoLoss(0.3, 1.3, 0.7), new ApoUnpairedLoss(0.3, 1.2, 0.9), new BcoLoss(0.3));
    }

    @Test
    void publishedExample() {
        KtoLoss loss = new KtoLoss();
        assertEquals(0.480011, loss.evaluate(List.of(example(true, 1, 0.2))).loss(), 5e-7);
        assertEquals(new KtoLoss(0.1, 1, 1), loss);
        assertEquals(new ApoUnpairedLoss(0.1, 1, 1), new ApoUnpairedLoss());
        assertEquals(new BcoLoss(0.1), new BcoLoss());
    }

    @Test
    void needs() {
        assertEquals(new Needs(Needs.Arity.UNPAIRED, Needs.Reduction.SUM, Needs.Extra.REFERENCE, Needs.Extra.MISMATCHED, Needs.Extra.BATCH),
                new KtoLoss().needs());
        assertEquals(new Needs(Needs.Arity.UNPAIRED, Needs.Reduction.SUM, Needs.Extra.REFERENCE), new ApoUnpairedLoss().needs());
        assertEquals(new Needs(Needs.Arity.UNPAIRED, Needs.Reduction.SUM, Needs.Extra.REFERENCE, Needs.Extra.BATCH), new BcoLoss().needs());
    }

    @Test
    void apoIsKtoAtZeroDivergence() {
        List<Example> batch = List.of(example(true, 1, -3), example(false, 0.4, -1), example(false, -2, 3));
        Evaluation kto = new KtoLoss(0.3, 1.3, 0.7).evaluate(batch);
        Evaluation apo = new ApoUnpairedLoss(0.3, 1.3, 0.7).evaluate(batch);
        assertEquals(0, kto.metric("kl"), "a negative mean is 0");
        assertEquals(apo.loss(), kto.loss());
        assertArrayEquals(apo.gradients().get(2)[0], kto.gradients().get(2)[0]);
    }

    @Test
    void ktoEstimatesTheDivergenceOverTheWholeBatch() {
        List<Example> batch = List.of(example(true, 1, 4), example(false, 0, -1), example(true, 2, 3));
        assertEquals(2, new KtoLoss().evaluate(batch).metric("kl"), 1e-15);
    }

    @Test
    void turningLabelsAndSignsRoundChangesNothing() {
        for (Loss loss : List.of(new ApoUnpairedLoss(0.3), new BcoLoss(0.3))) {
            Evaluation a = loss.evaluate(List.of(example(true, 1, 0), example(false, 3, 0)));
            Evaluation b = loss.evaluate(List.of(example(false, -1, 0), example(true, -3, 0)));
            assertEquals(a.loss(), b.loss(), 1e-15, loss.toString());
            assertEquals(a.gradients().get(0)[0][0], -b.gradients().get(0)[0][0], 1e-16, loss.toString());
        }
    }

    @Test
    void bcoShiftIsTheMeanOfAllRewardsHoweverBatched() {
        BcoLoss loss = new BcoLoss(0.5);
        double[] state = loss.initialState();
        double[] ratios = {1, -4, 2.5, 7, -3};
        for (double d : ratios) {
            List<Example> batch = List.of(example(d > 0, d, 0));
            state = loss.evaluate(batch, Batch.of(batch).withState(state)).state();
        }
        double mean = 0.5 * (1 - 4 + 2.5 + 7 - 3) / 5;
        double variance = 0;
        for (double d : ratios) {
            variance += (0.5 * d - mean) * (0.5 * d - mean) / 5;
        }
        assertArrayEquals(new double[] {mean, variance, 5}, state, 1e-13);
    }

    @Test
    void metricsAreByClass() {
        List<Example> batch = List.of(example(true, 1, 0), example(false, -4, 0), example(true, 3, 0));
        for (Loss loss : List.of(new KtoLoss(), new BcoLoss(), new ApoUnpairedLoss())) {
            Evaluation e = loss.evaluate(batch);
            assertEquals(0.2, e.metric("rewards/chosen"), 1e-15);
            assertEquals(-0.4, e.metric("rewards/rejected"), 1e-15);
            assertEquals(2, e.metric("logps/chosen"), 1e-15);
            assertEquals(-4, e.metric("logps/rejected"), 1e-15);
            boolean whole = loss.needs().needs(Needs.Extra.BATCH);
            assertEquals(whole, e.metrics().containsKey("rewards/margins"), "a difference of means is no mean over parts");
            if (whole) {
                assertEquals(0.6, e.metric("rewards/margins"), 1e-15);
            }
            assertFalse(loss.evaluate(List.of(example(true, 1, 0))).metrics().containsKey("rewards/rejected"));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void extremesStayFinite(Loss loss) {
        for (double d : new double[] {-1e6, -500, 0, 500, 1e6}) {
            for (double m : new double[] {-500, 500}) {
                Gradients.finite(loss.evaluate(List.of(example(true, d, m), example(false, d, m), example(false, -d, m))), loss + " " + d + " " + m);
            }
        }
        Example.Response longest = new Example.Response(new double[100_000], new double[100_000], Double.NaN, true);
        Gradients.finite(loss.evaluate(List.of(new Example(List.of(longest, longest)))), loss + " long");
    }

    @ParameterizedTest
    @MethodSource("all")
    void badInputIsNamed(Loss loss) {
        Example good = example(true, 0, 0);
        Example.Response r = good.responses().get(0);
        Example.Response unlabelled = new Example.Response(r.logProbs(), r.reference());
        message(loss, good, new Example(List.of(unlabelled, r)), "example 1 has no label");
        message(loss, good, new Example(List.of()), "example 1 has 0 response(s)");
        message(loss, good, example(true, Double.NaN, 0), "example 1, response 0, token 0: log-probability is NaN");
        message(loss, good, new Example(List.of(new Example.Response(r.logProbs(), new double[] {Double.NEGATIVE_INFINITY}, 0, true), r)),
                "example 1, response 0, token 0: reference log-probability is -Infinity");
    }

    @Test
    void coupledLossesWantTheBatchWhole() {
        Example one = example(true, 0, 0);
        Batch two = Batch.of(List.of(one, one)).withState(new BcoLoss().initialState());
        for (Loss loss : List.of(new KtoLoss(), new BcoLoss())) {
            String m = assertThrows(IllegalArgumentException.class, () -> loss.evaluate(List.of(one), two)).getMessage();
            assertTrue(m.contains("1 of the batch's 2 examples"), m);
            assertThrows(IllegalArgumentException.class, () -> loss.evaluate(List.of()));
        }
        message(new KtoLoss(), one, new Example(one.responses().subList(0, 1)), "example 1 has 1 response(s), required are two");
        String m = assertThrows(IllegalArgumentException.class, () -> new BcoLoss().evaluate(List.of(one), Batch.of(List.of(one)))).getMessage();
        assertTrue(m.contains("state has 0 numbers, required are 3"), m);
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new KtoLoss(0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new KtoLoss(0.1, -1, 1));
        assertThrows(IllegalArgumentException.class, () -> new KtoLoss(0.1, 1, Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> new ApoUnpairedLoss(-1));
        assertThrows(IllegalArgumentException.class, () -> new BcoLoss(Double.POSITIVE_INFINITY));
    }

    private static void message(Loss loss, Example good, Example bad, String expected) {
        String m = assertThrows(IllegalArgumentException.class, () -> loss.evaluate(List.of(good, bad))).getMessage();
        assertTrue(m.contains(expected) && m.startsWith(loss.name()), m);
    }

    /** One-token responses with reference 0: the log-ratios are the log-probabilities. */
    private static Example example(boolean desirable, double ratio, double mismatched) {
        return new Example(List.of(new Example.Response(new double[] {ratio}, new double[] {0}, Double.NaN, desirable),
                new Example.Response(new double[] {mismatched}, new double[] {0})));
    }
}
