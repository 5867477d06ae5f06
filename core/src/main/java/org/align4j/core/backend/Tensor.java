package org.align4j.core.backend;

/**
 * A matrix in a backend's memory: {@code rows × cols} values, row-major, {@code stride} values from row to row.
 *
 * <p>A handle and nothing more: it is read and written through the {@link Backend} it came from. Views share memory with their parent;
 * closing a view does nothing, closing the tensor that owns the memory gives it back to the backend's pool.
 */
public final class Tensor implements AutoCloseable {
    private final Storage storage;
    private final DType dtype;
    private final long offset;
    private final int rows;
    private final int cols;
    private final int stride;
    private final boolean owner;
    private boolean closed;
    private Object cached;

    Tensor(Storage storage, DType dtype, long offset, int rows, int cols, int stride, boolean owner) {
        if (rows < 0 || cols < 0 || stride < cols || offset < 0) {
            throw new IllegalArgumentException("Impossible tensor: " + rows + "×" + cols + ", stride " + stride + ", offset " + offset);
        }
        if (rows > 0 && offset + (rows - 1L) * stride + cols > storage.capacity()) {
            throw new IndexOutOfBoundsException("View of " + rows + "×" + cols + " at " + offset + " leaves the storage of "
                    + storage.capacity() + " values");
        }
        this.storage = storage;
        this.dtype = dtype;
        this.offset = offset;
        this.rows = rows;
        this.cols = cols;
        this.stride = stride;
        this.owner = owner;
    }

    /** Memory behind tensors; implemented by a backend. */
    public interface Storage {
        /** Number of values it holds. */
        long capacity();

        /** Gives the memory back to the pool it came from. */
        void release();
    }

    /** For backends: a tensor that owns its storage. */
    public static Tensor owning(Storage storage, DType dtype, int rows, int cols) {
        return new Tensor(storage, dtype, 0, rows, cols, cols, true);
    }

    public DType dtype() {
        return dtype;
    }

    public int rows() {
        return rows;
    }

    public int cols() {
        return cols;
    }

    /** Values from the start of a row to the start of the next. */
    public int stride() {
        return stride;
    }

    /** Index of the first value in the storage. */
    public long offset() {
        return offset;
    }

    public Storage storage() {
        return storage;
    }

    /** Number of values. */
    public long size() {
        return (long) rows * cols;
    }

    /** Whether the rows follow one another without a gap. */
    public boolean dense() {
        return stride == cols || rows == 1;
    }

    /** Rows {@code start … start+count−1}. */
    public Tensor rows(int start, int count) {
        check(start >= 0 && count >= 0 && start + (long) count <= rows, "rows", start, count, rows);
        return new Tensor(storage, dtype, offset + (long) start * stride, count, cols, stride, false);
    }

    /** Columns {@code start … start+count−1}. */
    public Tensor cols(int start, int count) {
        check(start >= 0 && count >= 0 && start + (long) count <= cols, "columns", start, count, cols);
        return new Tensor(storage, dtype, offset + start, rows, count, stride, false);
    }

    /** {@code count} consecutive values of a dense tensor, from {@code start} on, as a matrix of the given width. */
    public Tensor flat(long start, int newRows, int newCols) {
        if (!dense() || start < 0 || start + (long) newRows * newCols > size()) {
            throw new IllegalArgumentException("Cannot view " + newRows + "×" + newCols + " from " + start + " of " + this);
        }
        return new Tensor(storage, dtype, offset + start, newRows, newCols, newCols, false);
    }

    private void check(boolean ok, String what, int start, int count, int have) {
        if (!ok) {
            throw new IndexOutOfBoundsException(what + " " + start + " to " + (start + (long) count) + " of " + have);
        }
    }

    /** For backends: something derived from this handle, such as a buffer over its memory. */
    public Object cached() {
        return cached;
    }

    /** For backends: see {@link #cached()}. */
    public void cache(Object value) {
        cached = value;
    }

    @Override
    public void close() {
        // Closed twice, a tensor must not give away memory that the pool has lent to another by then.
        if (owner && !closed) {
            closed = true;
            storage.release();
        }
    }

    @Override
    public String toString() {
        return dtype + "[" + rows + "×" + cols + (dense() ? "]" : ", stride " + stride + "]");
    }
}
