package org.align4j.core.backend.internal.host;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;

/** Splits a range over all cores; the caller's thread takes the first part. */
public final class Workers {
    private static final int THREADS = Math.max(1, Integer.getInteger("align4j.threads", Runtime.getRuntime().availableProcessors()));
    private static final ExecutorService POOL = THREADS == 1 ? null : Executors.newFixedThreadPool(THREADS - 1, r -> {
        Thread t = new Thread(r, "align4j-worker");
        t.setDaemon(true);
        return t;
    });

    private Workers() {}

    /** Work on the half-open range from…to. */
    @FunctionalInterface
    public interface Range {
        void run(int from, int to);
    }

    public static int threads() {
        return THREADS;
    }

    /**
     * Runs {@code body} over 0…n in at most {@link #threads()} pieces.
     *
     * @param grain fewest items worth a thread of their own
     */
    public static void parallel(int n, int grain, Range body) {
        int pieces = (int) Math.min(THREADS, Math.max(1L, n / Math.max(1, grain)));
        if (pieces == 1) {
            if (n > 0) {
                body.run(0, n);
            }
            return;
        }
        CountDownLatch done = new CountDownLatch(pieces - 1);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        for (int p = 1; p < pieces; p++) {
            int from = (int) ((long) n * p / pieces);
            int to = (int) ((long) n * (p + 1) / pieces);
            POOL.execute(() -> {
                try {
                    body.run(from, to);
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                } finally {
                    done.countDown();
                }
            });
        }
        try {
            body.run(0, (int) ((long) n / pieces));
        } finally {
            await(done);
        }
        if (failure.get() instanceof Error e) {
            throw e;
        }
        if (failure.get() instanceof RuntimeException e) {
            throw e;
        }
    }

    /** A kernel cannot be left half done, so an interrupt is kept for later. */
    private static void await(CountDownLatch done) {
        boolean interrupted = false;
        while (true) {
            try {
                done.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
