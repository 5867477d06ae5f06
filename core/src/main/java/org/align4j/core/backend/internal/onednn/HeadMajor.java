package org.align4j.core.backend.internal.onednn;

import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.host.HostView;
import org.bytedeco.javacpp.Pointer;

/**
 * Rows of a token-major matrix, head by head: for every head a dense matrix of {@code rows × headDim}. Packed and unpacked by oneDNN, which converts
 * between float32 and bfloat16 on the way.
 */
final class HeadMajor implements AutoCloseable {
    /** Rows are moved in runs whose lengths are powers of two up to this: few distinct lengths mean few compiled kernels. */
    private static final int RUN = 16;
    private final Lane lane;
    private final Tensor memory;
    private final int heads;
    private final int rows;
    private final int headDim;

    /** Holds what the memory held before. */
    HeadMajor(Lane lane, DType type, int heads, int rows, int headDim) {
        this.lane = lane;
        this.heads = heads;
        this.rows = rows;
        this.headDim = headDim;
        memory = Scratch.alloc(lane, type, heads * rows, headDim);
    }

    /** Rows at … +count of every head ← rows row … +count of a matrix of heads·headDim columns. */
    void load(Tensor from, int row, int at, int count) {
        move(from, row, at, count, true, false);
    }

    /** The opposite of {@link #load}. */
    void store(Tensor to, int row, int at, int count) {
        move(to, row, at, count, false, false);
    }

    /** As {@link #store}, but adds. */
    void addTo(Tensor to, int row, int at, int count) {
        move(to, row, at, count, false, true);
    }

    private void move(Tensor tokens, int row, int at, int count, boolean in, boolean add) {
        for (int done = 0; done < count; ) {
            int n = Math.min(RUN, Integer.highestOneBit(count - done));
            Pointer outside = HostView.pointer(tokens.rows(row + done, n));
            Pointer inside = start(at + done);
            int type = Scratch.type(memory);
            long matrix = stride();
            if (in) {
                lane.primitives().permute(Dnnl.F32, type, heads, n, headDim, headDim, tokens.stride(), matrix, headDim, false).run(outside, inside);
            } else {
                lane.primitives().permute(type, Dnnl.F32, heads, n, headDim, matrix, headDim, headDim, tokens.stride(), add).run(inside, outside);
            }
            done += n;
        }
    }

    /** Rows at … +count of every head ← 0. */
    void clear(int at, int count) {
        if (count == 0) {
            return;
        }
        int bytes = memory.dtype().bytes() * headDim;
        for (int h = 0; h < heads; h++) {
            Pointer.memset(start(h * rows + at), 0, (long) count * bytes);
        }
    }

    private Pointer start(int at) {
        return HostView.pointer(memory.rows(at, 1));
    }

    private long stride() {
        return (long) rows * headDim;
    }

    /** A matrix for every head from {@code head} on, of its rows from {@code at} on. */
    Matrices matrices(int head, int at) {
        return Matrices.of(start(head * rows + at), stride(), headDim);
    }

    /** A matrix for every so many neighbouring heads from {@code head} on, one head's rows below the other's. */
    Matrices stacked(int head, int group) {
        return Matrices.of(start(head * rows), group * stride(), headDim);
    }

    @Override
    public void close() {
        memory.close();
    }
}
