package org.align4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.align4j.losses.Evaluation;
import org.junit.jupiter.api.Test;

class ExamplesTest {

    /** Margins by hand: β((−1.1+1.5) − (−4.3+3.8)) = 0.09 and β((−3+2.5) − (−1+1.6)) = −0.11. */
    @Test
    void dpoWithoutAModel() {
        Evaluation e = ScorePairs.evaluate();
        double expected = (Math.log1p(Math.exp(-0.09)) + Math.log1p(Math.exp(0.11))) / 2;
        assertEquals(expected, e.loss(), 1e-12);
        assertEquals(0.5, e.metric("rewards/accuracies"), 1e-12, "one of two pairs");
    }

    @Test
    void dpoOnAFreshModel() {
        TrainOnPairs.Outcome o = TrainOnPairs.train(60);
        assertEquals(Math.log(2), o.lossBefore(), 1e-6, "the policy begins as the reference");
        assertTrue(o.lossAfter() < 0.5, "loss after: " + o.lossAfter());
        assertTrue(o.accuracyAfter() > 0.95, "accuracy after: " + o.accuracyAfter());
    }
}
