package org.align4j.core.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FallingTogetherTest {

    /** Ten reports on straight lines from 0. */
    private static List<Map<String, Double>> run(String prefix, double chosen, double rejected, double margin) {
        List<Map<String, Double>> reports = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Map<String, Double> m = new HashMap<>(Map.of("loss", 0.6));
            m.put(prefix + "logps/chosen_drift", chosen * i / 9);
            m.put(prefix + "logps/rejected_drift", rejected * i / 9);
            m.put(prefix + "rewards/margins", margin * i / 9);
            reports.add(m);
        }
        return reports;
    }

    @Test
    void bothFallWhileTheMarginRises() {
        FallingTogether.Finding f = new FallingTogether().find(run("", -9, -18, 0.9)).orElseThrow();
        assertEquals(-8, f.chosenDrift(), 1e-12);
        assertEquals(-16, f.rejectedDrift(), 1e-12);
        assertEquals(0.1, f.firstMargin(), 1e-12);
        assertEquals(0.8, f.lastMargin(), 1e-12);
        for (String word : new String[] {"8.00 nats", "16.00 nats", "0.100 to 0.800", "permits", "rpo", "dpop", "smaller learning rate", "larger beta"}) {
            assertTrue(f.explanation().contains(word), f.explanation());
        }
    }

    @Test
    void nothingElse() {
        FallingTogether d = new FallingTogether();
        assertTrue(d.find(run("", 3, -18, 2)).isEmpty(), "the chosen one rises");
        assertTrue(d.find(run("", -9, 3, -1)).isEmpty(), "the rejected one rises");
        assertTrue(d.find(run("", -9, -3, -0.6)).isEmpty(), "the margin falls: that is another fault");
        assertTrue(d.find(run("", -0.9, -9, 0.8)).isEmpty(), "less than a nat");
        assertTrue(new FallingTogether(0.5, 3).find(run("", -0.9, -9, 0.8)).isPresent());
        assertTrue(d.find(run("", -9, -18, 0.9).subList(0, 3)).isEmpty(), "too few reports");
        assertTrue(d.find(List.of()).isEmpty());
        assertTrue(d.find(run("", Double.NaN, -18, 0.9)).isEmpty());
    }

    @Test
    void heldOutMetrics() {
        List<Map<String, Double>> reports = run("eval_", -9, -18, 0.9);
        reports.add(Map.of("loss", 0.1));
        assertTrue(new FallingTogether().find(reports).isEmpty());
        assertTrue(new FallingTogether().find(reports, "eval_").isPresent());
        assertThrows(IllegalArgumentException.class, () -> new FallingTogether(0, 3));
        assertThrows(IllegalArgumentException.class, () -> new FallingTogether(1, 0));
    }
}
