package org.align4j.recipes.progress;

import java.io.Flushable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Progress of the stages of a run. On a terminal it is one line, rewritten in place; elsewhere plain lines at intervals, so that log files stay readable.
 *
 * <pre>dpo  ━━━━━━━━━━━─────────   54%  108/200   12.3k tok/s   loss 0.412   margin 1.31   0:42 left</pre>
 *
 * <p>Not safe for use by several threads.
 */
public final class ProgressBar implements AutoCloseable {
    private static final Duration REWRITE = Duration.ofMillis(100);
    private static final String CLEAR = "\r\u001b[K";

    private final Appendable out;
    private final Terminal terminal;
    private final Clock clock;
    private final Duration interval;

    private String stage = "";
    private long firstStep;
    private long total;
    private Instant began = Instant.EPOCH;
    private Instant shown = Instant.EPOCH;
    private Update last;
    private boolean lineOpen;
    private String note = "";
    private double left = Double.NaN;

    /**
     * What is known after a step.
     *
     * @param step   steps done, counted from the beginning of the stage
     * @param tokens tokens processed since the stage (or its resumption) was announced
     * @param loss   latest loss, NaN when unknown
     * @param margin latest reward margin, NaN when there is none
     */
    public record Update(long step, long tokens, double loss, double margin) {
    }

    /**
     * @param interval time between plain lines; on a terminal the line is rewritten at most ten times a second whatever this is
     */
    public ProgressBar(Appendable out, Terminal terminal, Clock clock, Duration interval) {
        this.out = out;
        this.terminal = terminal;
        this.clock = clock;
        this.interval = interval;
    }

    public ProgressBar(Appendable out) {
        this(out, Terminal.detect(), Clock.systemUTC(), Duration.ofSeconds(10));
    }

    /**
     * Begins a stage.
     *
     * @param done  steps already done when resuming, else 0
     * @param total steps in all
     */
    public void stage(String name, long done, long total) {
        endStage();
        this.stage = name;
        this.firstStep = done;
        this.total = total;
        this.began = clock.instant();
        this.shown = Instant.EPOCH;
        this.last = null;
        this.note = "";
        this.left = Double.NaN;
    }

    /** What is shown beside the numbers of a step from now on; empty for nothing. */
    public void note(String text) {
        note = text;
    }

    /** Says how many seconds what is left takes, in place of the time that steps took so far; NaN where that is not known better. */
    public void left(double seconds) {
        left = seconds;
    }

    /** Tells of a step. */
    public void update(Update update) {
        last = update;
        Instant now = clock.instant();
        boolean end = update.step() >= total;
        if (!end && Duration.between(shown, now).compareTo(terminal.rewritable() ? REWRITE : interval) < 0) {
            return;
        }
        shown = now;
        show(now, end);
    }

    /** Prints a line of its own, above the bar where there is one. */
    public void message(String text) {
        if (lineOpen) {
            write(CLEAR);
            lineOpen = false;
        }
        write(text + "\n");
        if (terminal.rewritable() && last != null && last.step() < total) {
            show(clock.instant(), false);
        }
    }

    /** Ends the stage; what is on the line stays there. */
    public void endStage() {
        if (lineOpen) {
            write("\n");
            lineOpen = false;
        }
        last = null;
    }

    @Override
    public void close() {
        endStage();
    }

    private void show(Instant now, boolean end) {
        List<String> parts = parts(now, end);
        if (!terminal.rewritable()) {
            write(stage + " " + percent() + "  " + String.join("  ", parts) + "\n");
            return;
        }
        write(CLEAR + fit(parts));
        lineOpen = true;
        if (end) {
            endStage();
        }
    }

    private List<String> parts(Instant now, boolean end) {
        List<String> parts = new ArrayList<>();
        parts.add(last.step() + "/" + total);
        double seconds = Duration.between(began, now).toNanos() / 1e9;
        if (seconds > 0 && last.tokens() > 0) {
            parts.add(rate(last.tokens() / seconds));
        }
        if (Double.isFinite(last.loss())) {
            parts.add("loss " + number(last.loss()));
        }
        if (Double.isFinite(last.margin())) {
            parts.add("margin " + number(last.margin()));
        }
        if (!note.isEmpty()) {
            parts.add(note);
        }
        long steps = last.step() - firstStep;
        if (end) {
            parts.add("done in " + time(seconds));
        } else if (!Double.isNaN(left)) {
            parts.add(time(left) + " left");
        } else if (steps > 0) {
            parts.add(time(seconds / steps * (total - last.step())) + " left");
        }
        return parts;
    }

    /** The line without its last column, so that no terminal wraps it: parts go from the middle when there is no room, then the bar shrinks. */
    private String fit(List<String> parts) {
        int room = terminal.width() - 1;
        List<String> kept = new ArrayList<>(parts);
        String head = stage + " ";
        while (true) {
            String tail = " " + percent() + "  " + String.join("  ", kept);
            int bar = Math.min(30, room - head.length() - tail.length());
            if (bar >= 8) {
                return head + bar(bar) + tail;
            }
            if (kept.size() <= 2) {
                String line = head + percent() + " " + String.join(" ", kept);
                return line.length() <= room ? line : line.substring(0, room);
            }
            kept.remove(kept.size() - 2);
        }
    }

    private double fraction() {
        return total <= 0 ? 1 : Math.min(1.0, Math.max(0.0, (double) last.step() / total));
    }

    private String percent() {
        return String.format(Locale.ROOT, "%3d%%", (int) Math.floor(100 * fraction()));
    }

    private String bar(int width) {
        int filled = (int) Math.floor(width * fraction());
        return "━".repeat(filled) + "─".repeat(width - filled);
    }

    private static String rate(double tokensPerSecond) {
        if (tokensPerSecond >= 1e6) {
            return String.format(Locale.ROOT, "%.2fM tok/s", tokensPerSecond / 1e6);
        }
        return tokensPerSecond >= 1e4 ? String.format(Locale.ROOT, "%.1fk tok/s", tokensPerSecond / 1e3)
                : String.format(Locale.ROOT, "%.0f tok/s", tokensPerSecond);
    }

    private static String number(double v) {
        double a = Math.abs(v);
        return a != 0 && (a < 1e-3 || a >= 1e5) ? String.format(Locale.ROOT, "%.2e", v)
                : String.format(Locale.ROOT, a >= 100 ? "%.1f" : "%.3f", v);
    }

    private static String time(double seconds) {
        long s = Math.round(seconds);
        return s >= 3600 ? String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60)
                : String.format(Locale.ROOT, "%d:%02d", s / 60, s % 60);
    }

    private void write(String text) {
        try {
            out.append(text);
            if (out instanceof Flushable f) {
                f.flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
