package org.align4j.recipes.bench;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Callers that ask a service at the same time, each again as soon as it has its reply, and what they saw. */
final class Load {
    private static final int MOST = 4_000_000;
    private final int port;
    private final List<byte[]> requests;
    private final AtomicLong left;
    private final long end;
    private final long[] nanos = new long[MOST];
    private final AtomicLong ok = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong other = new AtomicLong();
    private final AtomicLong broken = new AtomicLong();
    private final AtomicLong longestRetry = new AtomicLong();

    private Load(int port, List<byte[]> requests, long most, double seconds) {
        this.port = port;
        this.requests = requests;
        this.left = new AtomicLong(most);
        this.end = System.nanoTime() + (long) (seconds * 1e9);
    }

    /**
     * What came of it.
     *
     * @param ok      status 200
     * @param refused status 429 or 503
     * @param other   any other status
     * @param broken  connections that ended while a reply was awaited, or could not be opened
     * @param p50     median milliseconds of those that were answered
     */
    record Seen(int clients, double seconds, long ok, long refused, long other, long broken, double p50, double p99, long longestRetry) {
        double perSecond() {
            return ok / seconds;
        }
    }

    /** A caller comes back after being refused once a tenth of Retry-After has passed. */
    static Seen run(int port, List<byte[]> requests, int clients, long most, double seconds) throws InterruptedException {
        Load load = new Load(port, requests, most, seconds);
        long start = System.nanoTime();
        Thread[] threads = new Thread[clients];
        for (int i = 0; i < clients; i++) {
            int first = i * 7919;
            threads[i] = new Thread(() -> load.call(first), "caller-" + i);
            threads[i].start();
        }
        for (Thread t : threads) {
            t.join();
        }
        double took = (System.nanoTime() - start) * 1e-9;
        int n = (int) Math.min(MOST, load.ok.get());
        long[] sorted = Arrays.copyOf(load.nanos, n);
        Arrays.sort(sorted);
        return new Seen(clients, took, load.ok.get(), load.refused.get(), load.other.get(), load.broken.get(), n == 0 ? Double.NaN : sorted[n / 2] * 1e-6,
                n == 0 ? Double.NaN : sorted[(int) (0.99 * (n - 1))] * 1e-6, load.longestRetry.get());
    }

    private void call(int first) {
        try (LoadConnection c = new LoadConnection(port)) {
            for (int i = first; System.nanoTime() < end && left.getAndDecrement() > 0; i++) {
                long t = System.nanoTime();
                LoadConnection.Reply r = c.ask(requests.get(i % requests.size()));
                if (r.status() == 200) {
                    long at = ok.getAndIncrement();
                    if (at < MOST) {
                        nanos[(int) at] = System.nanoTime() - t;
                    }
                } else if (r.status() == 429 || r.status() == 503) {
                    refused.incrementAndGet();
                    longestRetry.accumulateAndGet(r.retryAfter(), Math::max);
                    if (r.status() == 503) {
                        return; // it is ending
                    }
                    Thread.sleep(100L * r.retryAfter());
                } else {
                    other.incrementAndGet();
                }
            }
        } catch (IOException e) {
            broken.incrementAndGet();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
