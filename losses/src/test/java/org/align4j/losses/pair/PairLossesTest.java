package org.align4j.losses.pair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs.Arity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds of every loss of pairs, beyond what holds of every loss. */
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
    void sumsThatOverflowAreRefusedByName(Loss loss) {
        List<Example> batch = new ArrayList<>(PairLosses.random(9, 2));
        Example.Response huge = new Example.Response(new double[] {-1e308, -1e308}, new double[2]).withScore(3).withCollision(new double[2]);
        batch.set(1, new Example(List.of(huge, huge.withScore(1)), new double[] {-1}));
        message(loss, batch, "example 1: the margin of its sums is NaN");
    }

    @Test
    void aChosenResponseWithTheLowerScoreIsRefused() {
        Example.Response w = PairLosses.random(9, 1).get(0).responses().get(0);
        for (Loss loss : List.of(new ScaledDpoLoss(), new MarginDpoLoss())) {
            message(loss, List.of(Example.pair(w.withScore(1), w.withScore(2))), "two finite scores, the chosen one's at least as high");
        }
    }

    private static void message(Loss loss, List<Example> batch, String expected) {
        String m = assertThrows(IllegalArgumentException.class, () -> loss.evaluate(batch)).getMessage();
        assertTrue(m.contains(expected), m);
        assertTrue(loss.name().equals("mixture") || m.startsWith(loss.name() + ":"), m);
    }
}
