package org.align4j.core.model;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.model.ParameterLayout.Slot;

/**
 * One value for every parameter of a model, in one flat piece of memory: weights, gradients or a moment of the optimiser.
 * Matrices may be kept as bfloat16; norms and biases are always float32.
 */
public final class Parameters implements AutoCloseable {
    private static final int BLOCK = 1024;
    /** Most values handled by one call of a flat kernel. */
    public static final int PIECE = 1 << 24;

    private final Backend backend;
    private final ParameterLayout layout;
    private final Tensor matrices;
    private final Tensor vectors;
    private boolean empty;

    public Parameters(Backend backend, ParameterLayout layout, DType dtype) {
        this.backend = backend;
        this.layout = layout;
        matrices = backend.alloc(dtype, blocks(layout.matrices()), BLOCK);
        vectors = backend.alloc(blocks(layout.size() - layout.matrices()), BLOCK);
    }

    private static int blocks(long n) {
        return Math.toIntExact((n + BLOCK - 1) / BLOCK);
    }

    public ParameterLayout layout() {
        return layout;
    }

    public Backend backend() {
        return backend;
    }

    public DType dtype() {
        return matrices.dtype();
    }

    /** View of one parameter. */
    public Tensor get(String name) {
        return view(layout.slot(name), layout.slot(name).rows());
    }

    /** View of neighbours as one: parameters of one width that follow each other, {@code rows} in all. */
    public Tensor stacked(String first, int rows) {
        return view(layout.slot(first), rows);
    }

    /** View of neighbouring vectors as one row of {@code cols} values. */
    public Tensor joined(String first, int cols) {
        Slot s = layout.slot(first);
        return vectors.flat(s.offset() - layout.matrices(), 1, cols);
    }

    /** View of {@code count} values as one row, {@code from} values after the start of a parameter; it may run on into those that follow. */
    public Tensor run(String first, long from, int count) {
        long at = layout.slot(first).offset() + from;
        return at < layout.matrices() ? matrices.flat(at, 1, count) : vectors.flat(at - layout.matrices(), 1, count);
    }

    private Tensor view(Slot s, int rows) {
        return s.offset() < layout.matrices() ? matrices.flat(s.offset(), rows, s.cols())
                : vectors.flat(s.offset() - layout.matrices(), rows, s.cols());
    }

    /** Matrices and embeddings, piece by piece; the same pieces for every instance of a layout. */
    public void forMatrices(Consumer<Tensor> work) {
        pieces(matrices, layout.matrices(), work);
    }

    /** Norms and biases, piece by piece. */
    public void forVectors(Consumer<Tensor> work) {
        pieces(vectors, layout.size() - layout.matrices(), work);
    }

    private static void pieces(Tensor t, long size, Consumer<Tensor> work) {
        for (long at = 0; at < size; at += PIECE) {
            work.accept(t.flat(at, 1, (int) Math.min(PIECE, size - at)));
        }
    }

    /**
     * Makes gradients ready for a new sum. Vectors are zeroed; matrices count as empty until {@link #touched}, and whoever adds to them first
     * sets them instead, which saves a sweep over memory.
     */
    public void clear() {
        forVectors(t -> backend.fill(t, 0f));
        empty = true;
    }

    /** Whether matrices hold nothing yet. */
    public boolean empty() {
        return empty;
    }

    /** Says that every matrix has been set. */
    void touched() {
        empty = false;
    }

    /** Sets everything. */
    public void fill(float value) {
        empty = false;
        forMatrices(t -> backend.fill(t, value));
        forVectors(t -> backend.fill(t, value));
    }

    /** A copy, perhaps narrower: bfloat16 matrices round to nearest even. */
    public Parameters copy(DType dtype) {
        Parameters p = new Parameters(backend, layout, dtype);
        p.copyFrom(this);
        return p;
    }

    /** Takes the values of another instance of the same layout, converting where the types differ. */
    public void copyFrom(Parameters other) {
        List<Tensor> from = new ArrayList<>();
        other.forMatrices(from::add);
        other.forVectors(from::add);
        Iterator<Tensor> it = from.iterator();
        forMatrices(t -> backend.copy(t, it.next()));
        forVectors(t -> backend.copy(t, it.next()));
    }

    /** Bytes held. */
    public long bytes() {
        return matrices.size() * matrices.dtype().bytes() + vectors.size() * vectors.dtype().bytes();
    }

    @Override
    public void close() {
        matrices.close();
        vectors.close();
    }
}
