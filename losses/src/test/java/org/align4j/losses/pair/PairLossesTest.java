package org.align4j.losses.pair;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Mean;
import org.align4j.losses.Needs.Arity;
import org.align4j.losses.Needs.Extra;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds of every loss of pairs. */
class PairLossesTest {

    static Stream<Loss> losses() {
        return Stream.concat(PairLosses.defaults().stream(), PairLosses.variants().stream());
    }

    @Test
    void names() {
        Set<String> names = new TreeSet<>();
        PairLosses.defaults().forEach(l -> names.add(l.name()));
        assertEquals(new TreeSet<>(List.of("dpo", "robust_dpo", "ipo", "f_dpo", "rso_hinge", "rso_hinge_norm", "rso_sigmoid_norm", "dpo_norm", "slic", "orpo",
                "cpo", "simpo", "alphapo", "minor_dpo", "ld_dpo", "rpo", "dpop", "exo", "nca", "bco_pair", "sppo", "aot", "apo_zero", "apo_down", "discopop",
                "scaled_dpo", "margin_dpo", "wpo")), names);
    }

    @ParameterizedTest
    @MethodSource("losses")
    void isForPairsAndReportsWhatTrlReports(Loss loss) {
        assertEquals(Arity.PAIR, loss.needs().arity());
        Evaluation e = loss.evaluate(PairLosses.random(1, 5));
        for (String metric : List.of("rewards/chosen", "rewards/rejected", "rewards/margins", "rewards/accuracies", "logps/chosen", "logps/rejected")) {
            assertTrue(Double.isFinite(e.metric(metric)), metric);
        }
        assertEquals(e.metric("rewards/chosen") - e.metric("rewards/rejected"), e.metric("rewards/margins"), 1e-12);
    }

    /**
     * Central differences with step 1e-5: their error is the step squared times the third derivative, at most some 1e-9 here, and the rounding of the
     * loss, about 50 at most, divided by the step, some 1e-9. What carries no gradient (WPO's weights, BCO's shift) is held still.
     */
    @ParameterizedTest
    @MethodSource("losses")
    void gradientIsTheDerivative(Loss loss) {
        List<Example> batch = PairLosses.random(7, 4);
        double[] state = loss.initialState();
        if (state.length > 0) {
            state[0] = 0.03;
            state[1] = 1e18;
        }
        Batch whole = Batch.of(batch).withState(state);
        Evaluation e = loss.evaluate(batch, whole);
        int checked = 0;
        for (int i = 0; i < batch.size(); i++) {
            Example example = batch.get(i);
            for (int r = 0; r < e.gradients().get(i).length; r++) {
                double[] values = r < 2 ? example.responses().get(r).logProbs() : example.prompt();
                assertEquals(values.length, e.gradients().get(i)[r].length);
                for (int t = 0; t < values.length; t++) {
                    double[] collision = r < 2 ? example.responses().get(r).collision() : new double[values.length];
                    double up = moved(loss, batch, whole, values, collision, t, 1e-5);
                    double down = moved(loss, batch, whole, values, collision, t, -1e-5);
                    assertEquals((up - down) / 2e-5, e.gradients().get(i)[r][t], 1e-8, loss + " example " + i + " row " + r + " token " + t);
                    checked++;
                }
            }
        }
        long rows = Batch.of(batch).tokens() + (loss.needs().needs(Extra.PROMPT) ? Batch.of(batch).promptTokens() : 0);
        assertEquals(rows, checked);
    }

    private static double moved(Loss loss, List<Example> batch, Batch whole, double[] values, double[] collision, int t, double step) {
        double value = values[t];
        double held = collision[t];
        values[t] = value + step;
        collision[t] = held + step;
        double result = loss.evaluate(batch, whole).loss();
        values[t] = value;
        collision[t] = held;
        return result;
    }

    @ParameterizedTest
    @MethodSource("losses")
    void splittingABatchChangesNothing(Loss loss) {
        List<Example> batch = PairLosses.random(3, 5);
        Batch whole = Batch.of(batch).withState(loss.initialState());
        Evaluation all = loss.evaluate(batch);
        if (PairLosses.coupled(loss)) {
            String m = assertThrows(IllegalArgumentException.class, () -> loss.evaluate(batch.subList(0, 2), whole)).getMessage();
            assertTrue(m.contains("the batch whole") && m.contains("2 of 5"), m);
            return;
        }
        Evaluation a = loss.evaluate(batch.subList(0, 2), whole);
        Evaluation b = loss.evaluate(batch.subList(2, 5), whole);
        assertEquals(all.loss(), a.loss() + b.loss(), 1e-14 * Math.max(1, Math.abs(all.loss())));
        for (int i = 0; i < 5; i++) {
            double[][] g = i < 2 ? a.gradients().get(i) : b.gradients().get(i - 2);
            for (int r = 0; r < g.length; r++) {
                assertArrayEquals(all.gradients().get(i)[r], g[r]);
            }
        }
        Map<String, Mean> merged = new HashMap<>(a.metrics());
        b.metrics().forEach((k, v) -> merged.merge(k, v, Mean::plus));
        assertEquals(all.metrics().keySet(), merged.keySet());
        merged.forEach((k, v) -> assertEquals(all.metric(k), v.value(), 1e-13 * Math.max(1, Math.abs(v.value())), k));
    }

    @ParameterizedTest
    @MethodSource("losses")
    void inputStaysAsItIs(Loss loss) {
        List<Example> batch = PairLosses.random(4, 3);
        loss.evaluate(batch);
        List<Example> fresh = PairLosses.random(4, 3);
        for (int i = 0; i < 3; i++) {
            for (int r = 0; r < 2; r++) {
                assertArrayEquals(fresh.get(i).responses().get(r).logProbs(), batch.get(i).responses().get(r).logProbs());
                assertArrayEquals(fresh.get(i).responses().get(r).reference(), batch.get(i).responses().get(r).reference());
            }
        }
    }

    /** Log-ratios of ±500 and 0, sums down to −1100, one token or 1e5, in all combinations; ties among them. */
    private static final List<Example> EXTREMES = extremes();

    @ParameterizedTest
    @MethodSource("losses")
    void extremesStayFinite(Loss loss) {
        if (PairLosses.coupled(loss)) {
            finite(loss, EXTREMES);
        }
        EXTREMES.forEach(e -> finite(loss, List.of(e)));
    }

    private static void finite(Loss loss, List<Example> batch) {
        Evaluation e = loss.evaluate(batch);
        assertTrue(Double.isFinite(e.loss()), loss.toString());
        e.metrics().forEach((k, v) -> assertTrue(Double.isFinite(v.value()), k));
        double size = 0;
        for (double[][] g : e.gradients()) {
            for (double[] row : g) {
                for (double v : row) {
                    size += Math.abs(v);
                }
            }
        }
        assertTrue(Double.isFinite(size), loss.toString());
    }

    private static List<Example> extremes() {
        List<Example> all = new ArrayList<>();
        for (int[] lengths : new int[][] {{1, 1}, {1, 100_000}, {100_000, 1}}) {
            for (double chosen : new double[] {-500, 0, 500}) {
                for (double rejected : new double[] {-500, 0, 500}) {
                    all.add(new Example(List.of(extreme(chosen, lengths[0], 3), extreme(rejected, lengths[1], 1)), new double[] {-1}));
                }
            }
        }
        return all;
    }

    private static Example.Response extreme(double ratio, int length, double score) {
        double[] lp = Pairs.filled(length, (-600 + ratio) / length);
        return new Example.Response(lp, Pairs.filled(length, -600.0 / length)).withScore(score).withCollision(lp);
    }

    @ParameterizedTest
    @MethodSource("losses")
    void whatIsNotFiniteIsRefusedByName(Loss loss) {
        for (double bad : new double[] {Double.NaN, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY}) {
            for (int r = 0; r < 2; r++) {
                int row = r;
                refused(loss, b -> b.responses().get(row).logProbs()[0] = bad, "example 1, response " + r + ", token 0: log-probability is " + bad);
                if (loss.needs().reference()) {
                    refused(loss, b -> b.responses().get(row).reference()[0] = bad,
                            "example 1, response " + r + ", token 0: reference log-probability is " + bad);
                }
                if (loss.needs().needs(Extra.COLLISION)) {
                    refused(loss, b -> b.responses().get(row).collision()[0] = bad, "example 1, response " + r + ", token 0: collision is " + bad);
                }
            }
            if (loss.needs().needs(Extra.PROMPT)) {
                refused(loss, b -> b.prompt()[0] = bad, "example 1, prompt, token 0: log-probability is " + bad);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("losses")
    void sumsThatOverflowAreRefusedByName(Loss loss) {
        List<Example> batch = new ArrayList<>(PairLosses.random(9, 2));
        Example.Response huge = new Example.Response(new double[] {-1e308, -1e308}, new double[2]).withScore(3).withCollision(new double[2]);
        batch.set(1, new Example(List.of(huge, huge.withScore(1)), new double[] {-1}));
        message(loss, batch, "example 1: the margin of its sums is NaN");
    }

    private static void refused(Loss loss, Consumer<Example> damage, String expected) {
        List<Example> batch = PairLosses.random(9, 3);
        damage.accept(batch.get(1));
        message(loss, batch, expected);
    }

    @ParameterizedTest
    @MethodSource("losses")
    void whatIsMissingIsNamed(Loss loss) {
        Example good = PairLosses.random(9, 1).get(0);
        Example.Response w = good.responses().get(0);
        message(loss, List.of(good, new Example(List.of(w), good.prompt())), "example 1 has 1 response(s), required are 2");
        Example.Response empty = new Example.Response(new double[0], new double[0]);
        message(loss, List.of(good, new Example(List.of(w, empty), good.prompt())), "example 1, response 1 has no tokens");
        Example.Response bare = new Example.Response(new double[] {-1}, null);
        if (loss.needs().reference()) {
            message(loss, List.of(good, new Example(List.of(w, bare), good.prompt())), "example 1, response 1 has no reference log-probabilities");
        }
        Example.Response plain = new Example.Response(new double[] {-1}, new double[] {-1});
        if (loss.needs().needs(Extra.SCORES)) {
            message(loss, List.of(good, new Example(List.of(w, plain), good.prompt())), "example 1: the chosen response has score");
            message(loss, List.of(good, new Example(List.of(w.withScore(1), w.withScore(2)))), "two finite scores, the chosen one's at least as high");
        } else if (loss.needs().needs(Extra.COLLISION)) {
            message(loss, List.of(good, new Example(List.of(w, plain), good.prompt())), "example 1, response 1 has 1 tokens but no collision values");
        }
        if (loss.needs().needs(Extra.PROMPT)) {
            message(loss, List.of(good, new Example(good.responses())), "example 1 has no log-probabilities of its prompt's tokens");
        }
    }

    private static void message(Loss loss, List<Example> batch, String expected) {
        String m = assertThrows(IllegalArgumentException.class, () -> loss.evaluate(batch)).getMessage();
        assertTrue(m.contains(expected), m);
        assertTrue(loss.name().equals("mixture") || m.startsWith(loss.name() + ":"), m);
    }
}
