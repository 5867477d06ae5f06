package org.align4j.recipes.progress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private final StringBuilder out = new StringBuilder();
    private final Ticking clock = new Ticking();

    @Test
    void oneLineRewritten() {
        ProgressBar bar = bar(new Terminal(true, 100));
        bar.stage("dpo", 0, 200);
        clock.seconds(50);
        bar.update(new ProgressBar.Update(50, 600_000, 0.41234, 1.3));
        String line = out.toString().replace("\r\u001b[K", "");
        assertEquals("dpo " + "━".repeat(7) + "─".repeat(23) + "  25%  50/200  12.0k tok/s  loss 0.412  margin 1.300  2:30 left", line);
        assertTrue(out.toString().startsWith("\r\u001b[K"));
        out.setLength(0);
        clock.seconds(150);
        bar.update(new ProgressBar.Update(200, 2_000_000, 0.2, Double.NaN));
        assertTrue(out.toString().contains("100%") && out.toString().endsWith("loss 0.200  done in 3:20\n"), out.toString());
        assertFalse(out.toString().contains("margin"));
    }

    @Test
    void neverWiderThanTheTerminal() {
        for (int width = 20; width <= 130; width++) {
            out.setLength(0);
            ProgressBar bar = bar(new Terminal(true, width));
            bar.stage("pretrain", 0, 100_000);
            clock.seconds(7200);
            bar.update(new ProgressBar.Update(12_345, 9_000_000, 3.25, -0.125));
            String line = out.toString().replace("\r\u001b[K", "");
            assertTrue(line.length() < width, width + ": " + line);
            assertTrue(line.contains("12%"), line);
        }
    }

    @Test
    void plainLinesAtIntervals() {
        ProgressBar bar = bar(Terminal.NONE);
        bar.stage("sft", 0, 100);
        for (int s = 1; s <= 100; s++) {
            clock.seconds(1);
            bar.update(new ProgressBar.Update(s, s * 10L, 1.0, Double.NaN));
        }
        bar.close();
        String[] lines = out.toString().split("\n");
        assertEquals(11, lines.length, out.toString());
        assertEquals("sft   1%  1/100  10 tok/s  loss 1.000  1:39 left", lines[0]);
        assertEquals("sft 100%  100/100  10 tok/s  loss 1.000  done in 1:40", lines[10]);
        assertFalse(out.toString().contains("\u001b") || out.toString().contains("\r"));
    }

    @Test
    void messagesStandAboveTheBar() {
        ProgressBar bar = bar(new Terminal(true, 80));
        bar.stage("sft", 0, 10);
        clock.seconds(1);
        bar.update(new ProgressBar.Update(1, 10, 1.0, Double.NaN));
        out.setLength(0);
        bar.message("checkpoint written");
        assertTrue(out.toString().startsWith("\r\u001b[Kcheckpoint written\n\r\u001b[Ksft "), out.toString());
    }

    @Test
    void resumedStageCountsOnlyNewStepsInItsRate() {
        ProgressBar bar = bar(Terminal.NONE);
        bar.stage("sft", 90, 100);
        clock.seconds(10);
        bar.update(new ProgressBar.Update(95, 500, 1.0, Double.NaN));
        assertTrue(out.toString().endsWith("0:10 left\n"), out.toString());
    }

    @Test
    void rewritesAtMostTenTimesASecond() {
        ProgressBar bar = bar(new Terminal(true, 80));
        bar.stage("sft", 0, 1_000_000);
        for (int s = 1; s <= 1000; s++) {
            clock.millis(1);
            bar.update(new ProgressBar.Update(s, s, 1.0, Double.NaN));
        }
        long rewrites = out.chars().filter(c -> c == '\r').count();
        assertEquals(10, rewrites);
    }

    @Test
    void environmentDecides() {
        assertTrue(Terminal.of(Map.of("TERM", "xterm"), true).rewritable());
        assertEquals(132, Terminal.of(Map.of("COLUMNS", "132"), true).width());
        assertEquals(80, Terminal.of(Map.of("COLUMNS", "wide"), true).width());
        assertFalse(Terminal.of(Map.of("TERM", "dumb"), true).rewritable());
        assertFalse(Terminal.of(Map.of("NO_COLOR", "1"), true).rewritable());
        assertFalse(Terminal.of(Map.of(), false).rewritable());
    }

    private ProgressBar bar(Terminal terminal) {
        return new ProgressBar(out, terminal, clock, Duration.ofSeconds(10));
    }

    private static final class Ticking extends Clock {
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

        void seconds(long s) {
            now = now.plusSeconds(s);
        }

        void millis(long ms) {
            now = now.plusMillis(ms);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
