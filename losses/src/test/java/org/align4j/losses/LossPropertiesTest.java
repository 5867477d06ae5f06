package org.align4j.losses;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.align4j.losses.Example.Response;
import org.align4j.losses.Needs.Extra;
import org.align4j.losses.Needs.Reduction;
import org.align4j.losses.catalog.Catalog;
import org.align4j.losses.list.LambdaLoss;
import org.align4j.losses.list.SoftmaxLoss;
import org.align4j.losses.pair.BcoPairLoss;
import org.align4j.losses.pair.DpoLoss;
import org.align4j.losses.pair.PairLosses;
import org.align4j.losses.pair.SlicHfLoss;
import org.align4j.losses.pair.WpoLoss;
import org.align4j.losses.supervised.DftLoss;
import org.align4j.losses.supervised.DistillationLoss;
import org.align4j.losses.supervised.KlAnchoredLoss;
import org.align4j.losses.supervised.MinorSftLoss;
import org.align4j.losses.supervised.NllLoss;
import org.align4j.losses.supervised.UnlikelihoodLoss;
import org.align4j.losses.supervised.WeightedNllLoss;
import org.align4j.losses.unpaired.ApoUnpairedLoss;
import org.align4j.losses.unpaired.BcoLoss;
import org.align4j.losses.unpaired.KtoLoss;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every loss: those of the catalog with their defaults, and variants whose settings take other branches. */
class LossPropertiesTest {

    /** A loss and how many responses its examples get. */
    record Case(Loss loss, int responses) {
        Case(Loss loss) {
            this(loss, Samples.responses(loss.needs()));
        }

        List<Example> batch(Random random, int examples) {
            return Samples.batch(random, loss.needs(), responses, examples);
        }
    }

    static Stream<Case> losses() {
        return Stream.concat(Catalog.objectives().stream().filter(o -> o.instance() instanceof Loss).map(o -> new Case((Loss) o.instance())), variants());
    }

    private static Stream<Case> variants() {
        Stream<Loss> others = Stream.of(new MinorSftLoss(0.5, Reduction.MEAN), new KlAnchoredLoss(0.5, Kl.K1), new KlAnchoredLoss(0.5, Kl.K2),
                new LambdaLoss(0.5, LambdaLoss.Discount.LN), new SoftmaxLoss(0.5, false), new DistillationLoss(0), new UnlikelihoodLoss(0.7),
                new KtoLoss(0.5, 1.5, 0.7), new ApoUnpairedLoss(0.3, 1.2, 0.9), Mixture.of(List.of(new DpoLoss(), new NllLoss()), 1, 0.5));
        return Stream.concat(Stream.concat(PairLosses.variants().stream(), others).map(Case::new), Stream.of(new Case(new SlicHfLoss(), 3)));
    }

    /**
     * Steps of h = 1e-5 leave an error of h²·f'''/6 and of 1e-16·f/h, together below 1e-8 where loss and derivatives are of order 1. Where the loss stops
     * gradients, differences are those of a function that agrees with it at the point and has what is stopped stand still.
     */
    @ParameterizedTest
    @MethodSource("losses")
    void gradientsAreCentralDifferences(Case c) {
        Random random = new Random(21);
        for (int round = 0; round < 5; round++) {
            List<Example> batch = c.batch(random, 4);
            Batch counts = Batch.of(batch).withState(still(c.loss()));
            Evaluation e = c.loss().evaluate(batch, counts);
            ToDoubleFunction<List<Example>> value = stopped(c.loss(), batch, counts);
            assertEquals(e.loss(), value.applyAsDouble(batch), 1e-12 * (1 + Math.abs(e.loss())));
            for (int i = 0; i < batch.size(); i++) {
                Example example = batch.get(i);
                double[][] g = e.gradients().get(i);
                assertEquals(example.responses().size() + (c.loss().needs().needs(Extra.PROMPT) ? 1 : 0), g.length, "rows of gradients");
                for (int r = 0; r < g.length; r++) {
                    double[] x = r < example.responses().size() ? example.responses().get(r).logProbs() : example.prompt();
                    assertEquals(x.length, g[r].length);
                    if (c.loss().needs().needs(Extra.MISMATCHED) && r == 1) {
                        assertArrayEquals(new double[x.length], g[r], "no gradient through the mismatched response");
                        continue;
                    }
                    for (int t = 0; t < x.length; t++) {
                        double kept = x[t];
                        x[t] = kept + 1e-5;
                        double up = value.applyAsDouble(batch);
                        x[t] = kept - 1e-5;
                        double down = value.applyAsDouble(batch);
                        x[t] = kept;
                        assertEquals((up - down) / 2e-5, g[r][t], 1e-8 * (1 + Math.abs(e.loss()) + Math.abs(g[r][t])),
                                "example " + i + ", row " + r + ", token " + t);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("losses")
    void partsOfABatchAddUp(Case c) {
        List<Example> batch = c.batch(new Random(22), 6);
        Batch counts = Batch.of(batch).withState(c.loss().initialState());
        Evaluation whole = c.loss().evaluate(batch);
        List<List<Example>> parts = List.of(batch.subList(0, 2), batch.subList(2, 3), batch.subList(3, 6));
        if (c.loss().needs().needs(Extra.BATCH)) {
            assertThrows(IllegalArgumentException.class, () -> c.loss().evaluate(parts.get(0), counts), "a part of a coupled batch is refused");
            return;
        }
        List<Evaluation> each = parts.stream().map(p -> c.loss().evaluate(p, counts)).toList();
        assertEquals(whole.loss(), each.stream().mapToDouble(Evaluation::loss).sum(), 1e-13 * (1 + Math.abs(whole.loss())));
        List<double[][]> gradients = each.stream().flatMap(e -> e.gradients().stream()).toList();
        for (int i = 0; i < batch.size(); i++) {
            for (int r = 0; r < gradients.get(i).length; r++) {
                assertArrayEquals(whole.gradients().get(i)[r], gradients.get(i)[r], 1e-15);
            }
        }
        whole.metrics().forEach((name, mean) -> {
            Mean sum = each.stream().map(e -> e.metrics().getOrDefault(name, new Mean(0, 0))).reduce(new Mean(0, 0), Mean::plus);
            assertEquals(mean.value(), sum.value(), 1e-12 * (1 + Math.abs(mean.value())), name);
        });
    }

    /** Log-ratios of ±500 and ±1e6 nats, probabilities of exactly 1: numbers, or an error that names the example. */
    @ParameterizedTest
    @MethodSource("losses")
    void extremesAreFiniteOrNamed(Case c) {
        int finite = 0;
        for (double depth : new double[] {-500, -1e6}) {
            for (int choice = 0; choice < 1 << 2 * c.responses(); choice++) {
                Example example = Samples.extreme(c.loss().needs(), c.responses(), choice, depth);
                Evaluation e;
                try {
                    e = c.loss().evaluate(List.of(example, example));
                } catch (IllegalArgumentException refused) {
                    assertTrue(refused.getMessage().contains("example 0"), refused.getMessage());
                    continue;
                }
                finite++;
                String what = c + ": " + Samples.print(List.of(example));
                assertTrue(Double.isFinite(e.loss()), what + "loss " + e.loss());
                for (double[] row : e.gradients().get(1)) {
                    assertTrue(Arrays.stream(row).allMatch(Double::isFinite), what + "gradients " + Arrays.toString(row));
                }
                e.metrics().forEach((name, m) -> assertTrue(Double.isFinite(m.sum()), what + name + " " + m));
            }
        }
        assertTrue(finite > 0, "everything was refused");
    }

    @ParameterizedTest
    @MethodSource("losses")
    void inputsAreNotChanged(Case c) {
        List<Example> batch = c.batch(new Random(23), 4);
        Batch counts = Batch.of(batch).withState(c.loss().initialState());
        String before = Samples.print(batch) + Arrays.toString(counts.state());
        Evaluation first = c.loss().evaluate(batch, counts);
        assertEquals(before, Samples.print(batch) + Arrays.toString(counts.state()));
        Evaluation second = c.loss().evaluate(batch, counts);
        assertEquals(first.loss(), second.loss(), "the same again");
        assertEquals(Arrays.deepToString(first.gradients().toArray()), Arrays.deepToString(second.gradients().toArray()));
    }

    @ParameterizedTest
    @MethodSource("losses")
    void badInputIsNamed(Case c) {
        Needs needs = c.loss().needs();
        List<Example> batch = c.batch(new Random(24), 3);
        for (int r = 0; r < Samples.used(needs, c.responses()); r++) {
            Response good = batch.get(1).responses().get(r);
            String place = "example 1, response " + r;
            for (double bad : new double[] {Double.NaN, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY}) {
                named(c, Samples.with(batch, 1, r, Samples.logProbs(good, Samples.last(good.logProbs(), bad))), place, String.valueOf(bad));
                if (needs.reference()) {
                    named(c, Samples.with(batch, 1, r, Samples.reference(good, Samples.last(good.reference(), bad))), place, String.valueOf(bad));
                }
                if (needs.needs(Extra.COLLISION)) {
                    named(c, Samples.with(batch, 1, r, good.withCollision(Samples.last(good.collision(), bad))), place, String.valueOf(bad));
                }
            }
            Response empty = new Response(new double[0], needs.reference() ? new double[0] : null, good.score(), good.label(), null, null);
            named(c, Samples.with(batch, 1, r, empty), place, "no tokens");
            if (needs.reference()) {
                named(c, Samples.with(batch, 1, r, Samples.reference(good, null)), place, "no reference");
                named(c, Samples.with(batch, 1, r, Samples.reference(good, new double[good.length() + 1])), place, "reference");
            }
            if (needs.needs(Extra.COLLISION)) {
                named(c, Samples.with(batch, 1, r, good.withCollision(null)), place, "collision");
            }
            if (needs.needs(Extra.SCORES)) {
                named(c, Samples.with(batch, 1, r, good.withScore(Double.NaN)), "example 1", "score");
            }
        }
        Response good = batch.get(1).responses().get(0);
        if (needs.arity() == Needs.Arity.UNPAIRED && !c.loss().name().equals("unlikelihood")) { // there only a label of false says anything
            named(c, Samples.with(batch, 1, 0, new Response(good.logProbs(), good.reference())), "example 1", "label");
        }
        if (needs.needs(Extra.PROMPT)) {
            named(c, List.of(batch.get(0), new Example(batch.get(1).responses())), "example 1", "prompt");
            named(c, List.of(batch.get(0), new Example(batch.get(1).responses(), new double[] {-1, Double.NaN})), "example 1, prompt, token 1", "NaN");
        }
        named(c, List.of(batch.get(0), new Example(List.of(), batch.get(1).prompt())), "example 1", "response");
        if (Samples.compares(needs)) {
            named(c, List.of(batch.get(0), new Example(List.of(good), batch.get(1).prompt())), "example 1", "1 response(s)");
        }
    }

    private static void named(Case c, List<Example> batch, String... expected) {
        String m = assertThrows(IllegalArgumentException.class, () -> c.loss().evaluate(batch), () -> c + " accepts " + Samples.print(batch)).getMessage();
        for (String s : expected) {
            assertTrue(m.contains(s), c + ": expected " + s + " in: " + m);
        }
        assertTrue(c.loss() instanceof Mixture || m.contains(c.loss().name()), c + ": " + m);
    }

    /** A state after so many rewards that those of this batch do not move the mean. */
    private static double[] still(Loss loss) {
        if (loss instanceof BcoLoss) {
            return new double[] {0.1, 1, 1e18};
        }
        boolean running = loss.initialState().length == 2; // of BcoPairLoss, alone or in a mixture
        return running ? new double[] {0.1, 1e18} : loss.initialState();
    }

    private static ToDoubleFunction<List<Example>> stopped(Loss loss, List<Example> at, Batch counts) {
        if (loss instanceof DftLoss) {
            List<double[]> p = at.stream().map(e -> Arrays.stream(e.responses().get(0).logProbs()).map(Math::exp).toArray()).toList();
            return batch -> {
                List<Example> weighted = batch;
                for (int i = 0; i < batch.size(); i++) {
                    weighted = Samples.with(weighted, i, 0, batch.get(i).responses().get(0).withWeights(p.get(i)));
                }
                return new WeightedNllLoss().evaluate(weighted, counts).loss();
            };
        }
        if (loss instanceof WpoLoss wpo) {
            List<Double> w = at.stream().map(e -> wpo.evaluate(List.of(e)).metric("wpo_weights")).toList();
            return batch -> {
                double sum = 0;
                for (int i = 0; i < batch.size(); i++) {
                    sum += w.get(i) * wpo.inner().evaluate(batch.subList(i, i + 1), counts).loss();
                }
                return sum;
            };
        }
        return batch -> loss.evaluate(batch, counts).loss();
    }
}
