package org.align4j.core.backend.internal.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkersTest {
    /** A team of its own, of four whatever this machine has. */
    private static final Team TEAM = new Team(3);

    private static int[] run(int parts) {
        AtomicIntegerArray seen = new AtomicIntegerArray(4);
        assertTrue(TEAM.run(parts, i -> seen.addAndGet(i, 1)));
        int[] counts = new int[4];
        for (int i = 0; i < 4; i++) {
            counts[i] = seen.get(i);
        }
        return counts;
    }

    @Test
    void everyPartRunsOnce() throws InterruptedException {
        for (int round = 0; round < 20_000; round++) {
            assertArrayEquals(new int[] {1, 1, 1, 1}, run(4));
        }
        assertArrayEquals(new int[] {1, 1, 0, 0}, run(2));
        // Long enough for everybody to fall asleep.
        for (int round = 0; round < 20; round++) {
            Thread.sleep(5);
            assertArrayEquals(new int[] {1, 1, 1, 1}, run(4));
        }
    }

    @Test
    void failuresReachTheCallerAfterAllParts() {
        for (int bad = 0; bad < 4; bad++) {
            int at = bad;
            AtomicInteger ended = new AtomicInteger();
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> TEAM.run(4, i -> {
                ended.incrementAndGet();
                if (i == at) {
                    throw new IllegalStateException("part " + i);
                }
            }));
            assertEquals("part " + bad, e.getMessage());
            assertEquals(4, ended.get());
        }
        assertArrayEquals(new int[] {1, 1, 1, 1}, run(4));
    }

    @Test
    void whoeverComesWhileTheTeamIsAtWorkIsTurnedAway() {
        AtomicInteger refused = new AtomicInteger();
        assertTrue(TEAM.run(4, i -> refused.addAndGet(TEAM.run(2, j -> {}) ? 0 : 1)));
        assertEquals(4, refused.get());
    }

    @Test
    void anInterruptIsKeptForLater() {
        Thread.currentThread().interrupt();
        try {
            assertArrayEquals(new int[] {1, 1, 1, 1}, run(4));
            assertTrue(TEAM.run(4, i -> {
                if (i == 3) {
                    sleep();
                }
            }));
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Several callers at once: each gets all of its parts, at once or one after the other. */
    @Test
    void callersDoNotMixUp() throws InterruptedException {
        List<Thread> callers = new ArrayList<>();
        AtomicInteger wrong = new AtomicInteger();
        for (int c = 0; c < 4; c++) {
            Thread t = new Thread(() -> {
                for (int round = 0; round < 2000; round++) {
                    AtomicInteger sum = new AtomicInteger();
                    Workers.parallel(1000, 10, (from, to) -> sum.addAndGet(to - from));
                    if (sum.get() != 1000) {
                        wrong.incrementAndGet();
                    }
                }
            });
            callers.add(t);
            t.start();
        }
        for (Thread t : callers) {
            t.join();
        }
        assertEquals(0, wrong.get());
    }
}
