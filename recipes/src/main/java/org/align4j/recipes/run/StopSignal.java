package org.align4j.recipes.run;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Turns Ctrl-C and SIGTERM into a request to save and stop: the process stays until the run has done so, or two minutes have passed. */
public final class StopSignal implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 120;
    private static final long WORDS_MILLIS = 300;
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook = new Thread(this::hold, "align4j-stop");
    private volatile boolean requested;

    public StopSignal() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void hold() {
        requested = true;
        try {
            done.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
            // The process ends when this thread does; what was saved, and how to go on, is said after the work has ended.
            Thread.sleep(WORDS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public boolean requested() {
        return requested;
    }

    @Override
    public void close() {
        done.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyShuttingDown) {
            return;
        }
    }
}
