package org.align4j.recipes.run;

import java.util.concurrent.CountDownLatch;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Waits for SIGTERM or Ctrl-C in place of the JVM, which would exit with 143 or 130: who serves until told to stop has done its work when it stops.
 * A second signal has the JVM's usual effect.
 */
final class EndSignal implements AutoCloseable {
    private final CountDownLatch asked = new CountDownLatch(1);
    private final Signal[] signals = {new Signal("TERM"), new Signal("INT")};
    private final SignalHandler[] before = new SignalHandler[signals.length];

    EndSignal() {
        for (int i = 0; i < signals.length; i++) {
            before[i] = Signal.handle(signals[i], s -> {
                close();
                asked.countDown();
            });
        }
    }

    void await() {
        try {
            asked.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        for (int i = 0; i < signals.length; i++) {
            Signal.handle(signals[i], before[i]);
        }
    }
}
