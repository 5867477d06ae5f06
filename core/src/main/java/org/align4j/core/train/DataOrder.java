package org.align4j.core.train;

import java.util.Arrays;

/** Which examples an update sees: every epoch its own permutation, cut into batches; the last batch of an epoch may be smaller. */
public final class DataOrder {
    private final int size;
    private final int batchSize;
    private final long seed;
    private long epoch = -1;
    private int[] order;

    public DataOrder(int size, int batchSize, long seed) {
        if (size < 1 || batchSize < 1) {
            throw new IllegalArgumentException("An order needs at least one example and one per batch, got " + size + " and " + batchSize);
        }
        this.size = size;
        this.batchSize = batchSize;
        this.seed = seed;
    }

    /** Updates in an epoch. */
    public long stepsPerEpoch() {
        return (size + batchSize - 1L) / batchSize;
    }

    /** Indices of the examples of update {@code step}, counted from 0. A function of seed and step alone, so a run can resume anywhere. */
    public int[] batch(long step) {
        long e = step / stepsPerEpoch();
        if (e != epoch) {
            order = Streams.permutation(size, Streams.of(seed, "shuffle", e));
            epoch = e;
        }
        int from = (int) (step % stepsPerEpoch()) * batchSize;
        return Arrays.copyOfRange(order, from, Math.min(size, from + batchSize));
    }
}
