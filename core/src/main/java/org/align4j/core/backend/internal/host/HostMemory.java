package org.align4j.core.backend.internal.host;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.bytedeco.javacpp.indexer.Bfloat16Indexer;
import org.bytedeco.javacpp.indexer.FloatIndexer;
import org.bytedeco.javacpp.indexer.Indexer;
import org.bytedeco.javacpp.indexer.IntIndexer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A pool of flat ND4J arrays by exact capacity, rounded up to a multiple of 64 values: with the same batch shape, the second step allocates nothing.
 * Memory is freed explicitly, never left to the garbage collector. Where shapes keep changing, what lies unused is given back before the pool would hold
 * more than twice what was ever in use at a time. Not for several threads.
 */
public final class HostMemory implements AutoCloseable {
    private static final long GRANULE = 64;
    /** Bytes of a cache line. */
    private static final long ALIGNMENT = 64;
    /** Bytes that may lie unused however little is in use. */
    private static final long SPARE = 256L << 20;

    private record Key(DType dtype, long capacity) {}

    private final Map<Key, ArrayDeque<HostStorage>> free = new HashMap<>();
    private final boolean lazy;
    private long live;
    private long peak;
    private long reserved;

    /**
     * @param lazy whether the arrays lie in memory of the C library that nobody has written to yet. ND4J writes zeros to whatever it allocates, in one
     *             thread; left alone, the system hands out pages as kernels first write to them, in all their threads. For the CPU only.
     */
    public HostMemory(boolean lazy) {
        this.lazy = lazy;
    }

    /** Takes a matrix from the pool, or from the system when the pool has none of that size. */
    public Tensor alloc(DType dtype, int rows, int cols) {
        long capacity = Math.max(GRANULE, ((long) rows * cols + GRANULE - 1) / GRANULE * GRANULE);
        ArrayDeque<HostStorage> stack = free.get(new Key(dtype, capacity));
        HostStorage s = stack == null ? null : stack.poll();
        if (s == null) {
            s = fresh(dtype, capacity);
        } else {
            s.revive();
        }
        live += s.bytes();
        peak = Math.max(peak, live);
        return Tensor.owning(s, dtype, rows, cols);
    }

    private HostStorage fresh(DType dtype, long capacity) {
        if (reserved + capacity * dtype.bytes() > peak + Math.max(SPARE, peak)) {
            trim();
        }
        try {
            HostStorage s = lazy ? untouched(dtype, capacity) : new HostStorage(this, Nd4j.createUninitialized(type(dtype), new long[] {capacity}, 'c'), dtype, null);
            reserved += s.bytes();
            return s;
        } catch (OutOfMemoryError e) {
            trim();
            throw new UserException("Not enough memory for another " + (capacity * dtype.bytes() >> 20) + " MiB of tensors; " + (live >> 20)
                    + " MiB are in use. Use smaller micro-batches (micro_batch_tokens), a shorter max_length or a smaller model,"
                    + " or raise -Dorg.bytedeco.javacpp.maxbytes.", e);
        }
    }

    private HostStorage untouched(DType dtype, long capacity) {
        Pointer memory = Pointer.malloc(capacity * dtype.bytes() + ALIGNMENT);
        if (memory == null || memory.isNull()) {
            throw new OutOfMemoryError("malloc of " + capacity * dtype.bytes() + " bytes");
        }
        Pointer start = new Start((memory.address() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        Pointer typed;
        Indexer indexer;
        switch (dtype) {
            case F32 -> {
                typed = new FloatPointer(start).capacity(capacity);
                indexer = FloatIndexer.create((FloatPointer) typed);
            }
            case BF16 -> {
                typed = new ShortPointer(start).capacity(capacity);
                indexer = Bfloat16Indexer.create((ShortPointer) typed);
            }
            default -> {
                typed = new IntPointer(start).capacity(capacity);
                indexer = IntIndexer.create((IntPointer) typed);
            }
        }
        INDArray array = Nd4j.create(Nd4j.createBuffer(typed, type(dtype), capacity, indexer), new long[] {capacity}, new long[] {1}, 0, 'c');
        return new HostStorage(this, array, dtype, memory);
    }

    private static final class Start extends Pointer {
        Start(long at) {
            super((Pointer) null);
            this.address = at;
        }
    }

    private static DataType type(DType dtype) {
        return switch (dtype) {
            case F32 -> DataType.FLOAT;
            case BF16 -> DataType.BFLOAT16;
            case I32 -> DataType.INT;
        };
    }

    void giveBack(HostStorage s) {
        live -= s.bytes();
        free.computeIfAbsent(new Key(s.dtype(), s.capacity()), k -> new ArrayDeque<>()).push(s);
    }

    public Backend.MemoryUse use() {
        return new Backend.MemoryUse(live, peak, reserved);
    }

    public void resetPeak() {
        peak = live;
    }

    /** Frees what is not handed out. */
    public void trim() {
        for (ArrayDeque<HostStorage> stack : free.values()) {
            for (HostStorage s : stack) {
                reserved -= s.bytes();
                s.free();
            }
        }
        free.clear();
    }

    @Override
    public void close() {
        trim();
    }
}
