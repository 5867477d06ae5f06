package org.align4j.core.backend.internal.host;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;

/**
 * Threads that wait for parts of short jobs. Kernels follow each other within microseconds, and waking a sleeping thread takes longer than some of
 * them: so a thread keeps looking for work for a while before it sleeps. The caller takes the first part.
 */
final class Team {
    private static final long PATIENCE_NANOS = 100_000;
    private final ReentrantLock lock = new ReentrantLock();
    private final Member[] members;
    private final AtomicInteger left = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private IntConsumer body;
    private int parts;
    private volatile Thread caller;
    private volatile long round;

    Team(int others) {
        members = new Member[others];
        for (int i = 0; i < others; i++) {
            members[i] = new Member(i + 1);
            members[i].start();
        }
    }

    /** Runs the parts 0…parts−1 at once and waits for all; false, and nothing done, when the team is at work for somebody else. */
    boolean run(int count, IntConsumer work) {
        if (lock.isHeldByCurrentThread() || !lock.tryLock()) {
            return false;
        }
        try {
            body = work;
            parts = count;
            failure.set(null);
            caller = null;
            left.set(members.length);
            round++;
            for (Member m : members) {
                m.wake();
            }
            try {
                work.accept(0);
            } catch (RuntimeException | Error e) {
                failure.set(e);
            }
            await();
            body = null;
            rethrow(failure.get());
            return true;
        } finally {
            lock.unlock();
        }
    }

    private static void rethrow(Throwable t) {
        if (t instanceof Error e) {
            throw e;
        }
        if (t instanceof RuntimeException e) {
            throw e;
        }
    }

    /** A kernel cannot be left half done, so an interrupt is kept for later. */
    private void await() {
        boolean interrupted = false;
        long until = System.nanoTime() + PATIENCE_NANOS;
        while (left.get() > 0) {
            if (System.nanoTime() < until) {
                Thread.onSpinWait();
                continue;
            }
            caller = Thread.currentThread();
            if (left.get() > 0) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Member extends Thread {
        private final int number;
        private volatile boolean asleep;

        Member(int number) {
            super("align4j-worker-" + number);
            this.number = number;
            setDaemon(true);
        }

        void wake() {
            if (asleep) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            long seen = 0;
            while (true) {
                look(seen);
                seen = round;
                try {
                    if (number < parts) {
                        body.accept(number);
                    }
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                } finally {
                    if (left.decrementAndGet() == 0) {
                        LockSupport.unpark(caller);
                    }
                }
            }
        }

        private void look(long seen) {
            long until = System.nanoTime() + PATIENCE_NANOS;
            while (round == seen) {
                if (System.nanoTime() < until) {
                    Thread.onSpinWait();
                    continue;
                }
                asleep = true;
                if (round == seen) {
                    LockSupport.park(Team.this);
                }
                asleep = false;
            }
        }
    }
}
