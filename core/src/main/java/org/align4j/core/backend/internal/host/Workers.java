package org.align4j.core.backend.internal.host;

import java.util.function.IntConsumer;

/** Splits work over all cores; the caller's thread takes the first part. */
public final class Workers {
    private static final int THREADS = Math.max(1, Integer.getInteger("align4j.threads", Runtime.getRuntime().availableProcessors()));
    private static final Team TEAM = new Team(THREADS - 1);

    private Workers() {}

    /** Work on the half-open range from…to. */
    @FunctionalInterface
    public interface Range {
        void run(int from, int to);
    }

    public static int threads() {
        return THREADS;
    }

    /** Runs {@code body} for 0…parts−1, at most {@link #threads()} parts, at once; one after the other while all threads are at work for another caller. */
    public static void each(int parts, IntConsumer body) {
        if (parts > 1 && TEAM.run(parts, body)) {
            return;
        }
        for (int p = 0; p < parts; p++) {
            body.accept(p);
        }
    }

    /**
     * Runs {@code body} over 0…n in at most {@link #threads()} pieces.
     *
     * @param grain fewest items worth a thread of their own
     */
    public static void parallel(int n, int grain, Range body) {
        int pieces = (int) Math.min(THREADS, Math.max(1L, n / Math.max(1, grain)));
        if (n > 0) {
            each(pieces, p -> body.run((int) ((long) n * p / pieces), (int) ((long) n * (p + 1) / pieces)));
        }
    }
}
