package org.align4j.core.backend.internal.onednn;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.backend.internal.host.Workers;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * One {@link Lane} for every core: splitting a kernel's work between threads that each compute alone costs far less than splitting each small piece.
 * OpenMP is told, thread by thread, that a lane has one core.
 */
final class Lanes implements AutoCloseable {
    /** Values that one thread handles sooner than two. */
    private static final long SMALL = 1 << 13;
    private final List<Lane> lanes = new ArrayList<>();

    Lanes() {
        for (int i = 0; i < Workers.threads(); i++) {
            lanes.add(new Lane());
        }
    }

    /** Work of one lane. */
    interface Work {
        void run(Lane lane, int number);
    }

    /** Work of one lane on some rows. */
    interface Rows {
        void run(Lane lane, int from, int count);
    }

    int count() {
        return lanes.size();
    }

    /** Runs the work in every lane and waits for all; the caller's thread is the first lane. */
    void run(Work work) {
        run(lanes.size(), work);
    }

    /** The lane of the driving thread. */
    Lane first() {
        return lanes.get(0);
    }

    /** As {@link #run(Work)} in the first {@code parts} lanes only. */
    void run(int parts, Work work) {
        NativeOps ops = NativeOpsHolder.getInstance().getDeviceNativeOps();
        int threads = ops.ompGetMaxThreads();
        try {
            Workers.each(parts, i -> {
                ops.setOmpNumThreads(1);
                work.run(lanes.get(i), i);
            });
        } finally {
            ops.setOmpNumThreads(threads);
        }
    }

    /** Deals out rows of {@code cols} values each, in runs; a few values go to one lane. */
    void rows(int rows, long cols, Rows work) {
        if (rows == 0 || cols == 0) {
            return;
        }
        int parts = rows * cols < SMALL ? 1 : Math.min(rows, lanes.size());
        run(parts, (lane, i) -> {
            int from = (int) ((long) rows * i / parts);
            work.run(lane, from, (int) ((long) rows * (i + 1) / parts) - from);
        });
    }

    /** Scratch memory of all lanes, in bytes. */
    long reserved() {
        return lanes.stream().mapToLong(l -> l.memory().use().reserved()).sum();
    }

    void trim() {
        lanes.forEach(l -> l.memory().trim());
    }

    @Override
    public void close() {
        lanes.forEach(Lane::close);
    }
}
