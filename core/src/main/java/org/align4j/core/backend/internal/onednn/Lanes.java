package org.align4j.core.backend.internal.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.align4j.core.backend.internal.host.Workers;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * One {@link Lane} for every core: for kernels of many small pieces, where splitting the pieces between threads costs far less than splitting
 * each piece. OpenMP is told, thread by thread, that a lane has one core.
 */
final class Lanes implements AutoCloseable {
    private final List<Lane> lanes = new ArrayList<>();
    private final List<ExecutorService> threads = new ArrayList<>();

    Lanes() {
        for (int i = 0; i < Workers.threads(); i++) {
            int number = i;
            lanes.add(new Lane());
            threads.add(Executors.newSingleThreadExecutor(r -> {
                Thread t = new Thread(() -> {
                    NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(1);
                    r.run();
                }, "align4j-lane-" + number);
                t.setDaemon(true);
                return t;
            }));
        }
    }

    /** Work of one lane. */
    interface Work {
        void run(Lane lane, int number);
    }

    int count() {
        return lanes.size();
    }

    /** Runs the work in every lane and waits for all. */
    void run(Work work) {
        List<Future<?>> pending = new ArrayList<>();
        for (int i = 0; i < lanes.size(); i++) {
            int number = i;
            pending.add(threads.get(i).submit(() -> work.run(lanes.get(number), number)));
        }
        RuntimeException failure = null;
        for (Future<?> f : pending) {
            failure = await(f, failure);
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** A kernel cannot be left half done, so an interrupt is kept for later. */
    private static RuntimeException await(Future<?> f, RuntimeException failure) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    f.get();
                    return failure;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof Error error) {
                        throw error;
                    }
                    return failure == null ? (RuntimeException) e.getCause() : failure;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Scratch memory of all lanes, in bytes. */
    long reserved() {
        return lanes.stream().mapToLong(l -> l.memory().use().reserved()).sum();
    }

    void trim() {
        run((lane, number) -> lane.memory().trim());
    }

    @Override
    public void close() {
        threads.forEach(ExecutorService::shutdown);
        lanes.forEach(Lane::close);
    }
}
