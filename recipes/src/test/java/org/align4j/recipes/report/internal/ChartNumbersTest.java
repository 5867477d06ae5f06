package org.align4j.recipes.report.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.recipes.rundir.MetricsLog;
import org.junit.jupiter.api.Test;

class ChartNumbersTest {

    @Test
    void ticksAreRound() {
        assertEquals(List.of(0.0, 0.1, 0.2, 0.3, 0.4, 0.5), Ticks.between(0, 0.52, 6, false));
        assertEquals(List.of(-20.0, -10.0, 0.0, 10.0), Ticks.between(-21, 14, 6, false));
        assertEquals(List.of(0.0, 1.0, 2.0, 3.0), Ticks.between(0, 3.2, 7, true));
        assertEquals(List.of(2e-7, 4e-7), Ticks.between(1e-7, 5e-7, 3, false));
        assertEquals(List.of(5.0), Ticks.between(5, 5, 6, false));
    }

    @Test
    void ticksAreFewAndInside() {
        java.util.Random random = new java.util.Random(2);
        for (int i = 0; i < 2000; i++) {
            double low = random.nextGaussian() * Math.pow(10, random.nextInt(13) - 6);
            double high = low + Math.exp(random.nextGaussian() * 6);
            List<Double> t = Ticks.between(low, high, 6, false);
            double slack = 1e-6 * (high - low);
            assertTrue(t.size() <= 7 && t.stream().allMatch(v -> v >= low - slack && v <= high + slack), low + " " + high + " " + t);
        }
    }

    @Test
    void numbersForReaders() {
        assertEquals("1,234,567", Numbers.of(1234567));
        assertEquals("0.6931", Numbers.of(Math.log(2)));
        assertEquals("\u221225.12", Numbers.of(-25.1234));
        assertEquals("5e-7", Numbers.of(5e-7));
        assertEquals("1.23e-5", Numbers.of(1.2345e-5));
        assertEquals("0", Numbers.of(0));
        assertEquals("–", Numbers.of(Double.NaN));
        assertEquals("4.2 s", Numbers.duration(4.21));
        assertEquals("3 min 5 s", Numbers.duration(185));
        assertEquals("2 h 10 min", Numbers.duration(7800));
    }

    @Test
    void decimationKeepsSpikesAndEnds() {
        double[] x = new double[10_000];
        double[] y = new double[10_000];
        Arrays.setAll(x, i -> i);
        Arrays.setAll(y, i -> Math.sin(i / 500.0));
        y[4321] = 50;
        y[8765] = -50;
        Series s = new Series("m", x, y, 0).decimated(400);
        assertTrue(s.x().length <= 400, "points: " + s.x().length);
        assertEquals(50, Arrays.stream(s.y()).max().getAsDouble());
        assertEquals(-50, Arrays.stream(s.y()).min().getAsDouble());
        assertEquals(0, s.x()[0]);
        assertEquals(9999, s.x()[s.x().length - 1]);
        for (int i = 1; i < s.x().length; i++) {
            assertTrue(s.x()[i] > s.x()[i - 1], "steps rise");
        }
    }

    @Test
    void smoothingIsAMeanAndKeepsALine() {
        Series s = new Series("m", new double[] {0, 1, 2, 3, 4}, new double[] {1, 2, 3, 4, 5}, 0);
        assertArrayEquals(s.y(), s.smoothed(3).y(), 1e-12);
        assertArrayEquals(new double[] {0, 1, 1, 1, 0}, new Series("m", s.x(), new double[] {0, 0, 3, 0, 0}, 0).smoothed(3).y(), 1e-12);
    }

    @Test
    void laterValueOfAStepCounts() {
        Series s = Series.of(List.of(line(1, -1), line(2, -2), line(2, -3)), "dpo", "logps/chosen");
        assertArrayEquals(new double[] {-1, -3}, s.y());
    }

    @Test
    void jointFallIsSeenAndNoiseIsNot() {
        List<MetricsLog.Line> falling = new ArrayList<>();
        List<MetricsLog.Line> parting = new ArrayList<>();
        java.util.Random random = new java.util.Random(4);
        for (int i = 1; i <= 100; i++) {
            falling.add(pair(i, -20 - 0.05 * i + random.nextGaussian(), -22 - 0.2 * i + random.nextGaussian()));
            parting.add(pair(i, -20 + 0.05 * i + random.nextGaussian(), -22 - 0.2 * i + random.nextGaussian()));
        }
        assertTrue(LogProbDrift.bothFall(falling, "dpo"));
        assertFalse(LogProbDrift.bothFall(parting, "dpo"));
        assertFalse(LogProbDrift.bothFall(falling, "sft"));
        assertFalse(LogProbDrift.bothFall(falling.subList(0, 4), "dpo"), "too few to tell");
        falling.add(new MetricsLog.Line("dpo", 101, Map.of("logps/chosen_drift", -5.0)));
        assertFalse(LogProbDrift.bothFall(falling, "dpo"), "with a reference the warnings say so");
    }

    private static MetricsLog.Line pair(long step, double chosen, double rejected) {
        return new MetricsLog.Line("dpo", step, Map.of("logps/chosen", chosen, "logps/rejected", rejected));
    }

    private static MetricsLog.Line line(long step, double v) {
        return new MetricsLog.Line("dpo", step, Map.of("logps/chosen", v));
    }
}
