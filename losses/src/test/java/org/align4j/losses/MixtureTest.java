package org.align4j.losses;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.align4j.losses.Needs.Arity;
import org.align4j.losses.Needs.Extra;
import org.align4j.losses.pair.BcoPairLoss;
import org.align4j.losses.pair.DpoLoss;
import org.align4j.losses.pair.IpoLoss;
import org.align4j.losses.pair.OrpoLoss;
import org.align4j.losses.supervised.NllLoss;
import org.junit.jupiter.api.Test;

class MixtureTest {
    private final List<Example> batch = List.of(
            example(new double[] {-1, -2}, new double[] {-2, -2}, new double[] {-3}, new double[] {-2.5}),
            example(new double[] {-4}, new double[] {-3}, new double[] {-1, -1, -2}, new double[] {-2, -2, -2}));

    @Test
    void isTheWeightedSumOfItsParts() {
        DpoLoss dpo = new DpoLoss();
        NllLoss sft = new NllLoss();
        Evaluation mixed = Mixture.of(List.of(dpo, sft), 0.8, 0.3).evaluate(batch);
        Evaluation a = dpo.evaluate(batch);
        Evaluation b = sft.evaluate(batch);
        assertEquals(0.8 * a.loss() + 0.3 * b.loss(), mixed.loss(), 1e-15);
        for (int i = 0; i < 2; i++) {
            for (int r = 0; r < 2; r++) {
                for (int t = 0; t < mixed.gradients().get(i)[r].length; t++) {
                    assertEquals(0.8 * a.gradients().get(i)[r][t] + 0.3 * b.gradients().get(i)[r][t], mixed.gradients().get(i)[r][t], 1e-15);
                }
            }
        }
        assertEquals(a.loss(), mixed.metric("loss/dpo"), 1e-15);
        assertEquals(b.loss(), mixed.metric("loss/sft"), 1e-15);
        assertEquals(a.metric("rewards/margins"), mixed.metric("rewards/margins"));
    }

    @Test
    void needsWhatItsPartsNeed() {
        Needs needs = Mixture.of(List.of(new NllLoss(), new DpoLoss(), new BcoPairLoss()), 1, 1, 1).needs();
        assertEquals(Arity.PAIR, needs.arity());
        assertEquals(Needs.Reduction.SUM, needs.reduction());
        assertEquals(Set.of(Extra.REFERENCE, Extra.BATCH), needs.extras());
        assertEquals(Arity.SINGLE, Mixture.of(List.of(new NllLoss()), 1).needs().arity());
        assertTrue(Mixture.of(List.of(new NllLoss(), new OrpoLoss(0.1, true)), 1, 1).needs().needs(Extra.PROMPT));
    }

    @Test
    void statesStandSideBySide() {
        BcoPairLoss first = new BcoPairLoss(0.1, true);
        BcoPairLoss second = new BcoPairLoss(1, true);
        Mixture mixture = Mixture.of(List.of(first, new DpoLoss(), second), 1, 1, 1);
        assertEquals(4, mixture.initialState().length);
        Evaluation once = mixture.evaluate(batch);
        Batch next = Batch.of(batch).withState(once.state());
        Evaluation twice = mixture.evaluate(batch, next);
        double[] a = first.evaluate(batch, next.withState(first.evaluate(batch).state())).state();
        double[] b = second.evaluate(batch, next.withState(second.evaluate(batch).state())).state();
        assertArrayEquals(new double[] {a[0], a[1], b[0], b[1]}, twice.state());
        assertTrue(twice.metrics().containsKey("loss/bco_pair") && twice.metrics().containsKey("loss/bco_pair_2"), twice.metrics().keySet().toString());
        assertEquals(first.evaluate(batch).metric("rewards/rejected"), once.metric("rewards/rejected"), "of the first part");
        assertThrows(IllegalArgumentException.class, () -> mixture.evaluate(batch, Batch.of(batch)));
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Mixture(List.of()));
        assertThrows(IllegalArgumentException.class, () -> Mixture.of(List.of(new DpoLoss()), 0));
        assertThrows(IllegalArgumentException.class, () -> Mixture.of(List.of(new DpoLoss()), 1, 2));
        assertThrows(IllegalArgumentException.class, () -> new Mixture.Part(null, 1));
        String m = assertThrows(IllegalArgumentException.class, () -> Mixture.of(List.of(new IpoLoss(), of(Arity.LIST)), 1, 1)).getMessage();
        assertTrue(m.contains("kind LIST and does not go with losses for PAIR"), m);
        m = assertThrows(IllegalArgumentException.class, () -> Mixture.of(List.of(new NllLoss(), of(Arity.UNPAIRED)), 1, 1)).getMessage();
        assertTrue(m.contains("kind SINGLE and does not go with losses for UNPAIRED"), m);
    }

    private static Loss of(Arity arity) {
        return new Loss() {
            @Override
            public String name() {
                return "other";
            }

            @Override
            public Needs needs() {
                return new Needs(arity, Needs.Reduction.SUM);
            }

            @Override
            public Evaluation evaluate(List<Example> part, Batch batch) {
                throw new AssertionError("not evaluated");
            }
        };
    }

    private static Example example(double[] w, double[] rw, double[] l, double[] rl) {
        return Example.pair(new Example.Response(w, rw), new Example.Response(l, rl));
    }
}
