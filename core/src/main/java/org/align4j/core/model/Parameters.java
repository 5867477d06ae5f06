package org.align4j.core.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.config.Parameter;
import org.align4j.core.quant.Matrix;
import org.align4j.core.quant.Nf4Matrix;

/**
 * One value for every parameter of a model, in one flat piece of memory: weights, gradients or a moment of the optimiser.
 * Matrices may be kept as bfloat16; norms and biases are always float32.
 *
 * <p>Frozen weights may instead have the matrices of their linear layers in four bits ({@link Nf4Matrix}), outside the flat memory: they are opened
 * one at a time by {@link #matrix}. Embeddings and head stay as they are.
 */
public final class Parameters implements AutoCloseable {
    private static final int BLOCK = 1024;
    /** Most values handled by one call of a flat kernel. */
    public static final int PIECE = 1 << 24;

    private final Backend backend;
    private final ParameterLayout layout;
    /** What stands in flat memory: everything but quantised matrices. */
    private final ParameterLayout placed;
    /** Quantised matrices by name; null where none are. */
    private final Map<String, Nf4Matrix> packed;
    private final Tensor matrices;
    private final Tensor vectors;
    private boolean empty;

    public Parameters(Backend backend, ParameterLayout layout, DType dtype) {
        this(backend, layout, layout, null, dtype);
    }

    private Parameters(Backend backend, ParameterLayout layout, ParameterLayout placed, Map<String, Nf4Matrix> packed, DType dtype) {
        this.backend = backend;
        this.layout = layout;
        this.placed = placed;
        this.packed = packed;
        matrices = backend.alloc(dtype, blocks(placed.matrices()), BLOCK);
        vectors = backend.alloc(blocks(placed.size() - placed.matrices()), BLOCK);
    }

    /**
     * Weights whose linear layers are in four bits, each to be given by {@link #quantize}. The codes lie on the Java heap.
     *
     * @param dtype type of embeddings and head
     */
    public static Parameters nf4(Backend backend, ParameterLayout layout, DType dtype) {
        List<Parameter> rest = layout.slots().stream().map(Slot::parameter).filter(q -> !linear(q)).toList();
        return new Parameters(backend, layout, new ParameterLayout(rest), new HashMap<>(), dtype);
    }

    /**
     * Bytes that the parameters of a layout take.
     *
     * @param dtype type of matrices and embeddings
     * @param nf4   whether the matrices of linear layers are in four bits
     */
    public static long bytes(ParameterLayout layout, DType dtype, boolean nf4) {
        long matrices = layout.slots().stream().filter(s -> s.offset() < layout.matrices())
                .mapToLong(s -> nf4 && linear(s.parameter()) ? Nf4Matrix.bytes(s.size()) : dtype.bytes() * s.size()).sum();
        return matrices + 4 * (layout.size() - layout.matrices());
    }

    private static boolean linear(Parameter p) {
        return p.kind() == Parameter.Kind.MATRIX && !p.name().equals("lm_head.weight");
    }

    /** Gives the values of a matrix that is kept in four bits. */
    public void quantize(String name, float[] values) {
        if (!quantized(name)) {
            throw new IllegalArgumentException(name + " is not kept in four bits");
        }
        packed.put(name, Nf4Matrix.of(values, layout.slot(name).rows(), layout.slot(name).cols()));
    }

    /** Whether matrices of linear layers are kept in four bits, which can be used but not changed. */
    public boolean quantized() {
        return packed != null;
    }

    /** Whether this parameter is kept in four bits. */
    public boolean quantized(String name) {
        return packed != null && linear(layout.slot(name).parameter());
    }

    private Nf4Matrix packed(String name) {
        Nf4Matrix m = packed.get(name);
        if (m == null) {
            throw new IllegalStateException("The values of " + name + " have not been given yet");
        }
        return m;
    }

    /** Copies {@code count} values of a parameter from {@code offset} on to the start of {@code dst}. */
    public void read(String name, long offset, float[] dst, int count) {
        if (quantized(name)) {
            packed(name).read(offset, dst, count);
        } else {
            backend.download(get(name).flat(offset, 1, count), dst, 0);
        }
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

    /** View of one parameter that is not quantised. */
    public Tensor get(String name) {
        if (quantized(name)) {
            throw new IllegalStateException(name + " is kept in four bits; it can be opened as a matrix only");
        }
        return view(placed.slot(name), placed.slot(name).rows());
    }

    /** The matrix of a linear layer, as it is kept. */
    public Matrix matrix(String name) {
        return quantized(name) ? packed(name) : Matrix.of(get(name));
    }

    /** Neighbouring matrices of linear layers as one. */
    public Matrix stackedMatrix(List<String> names) {
        if (quantized(names.get(0))) {
            return Matrix.stacked(names.stream().map(this::matrix).toList());
        }
        return Matrix.of(stacked(names.get(0), names.stream().mapToInt(n -> layout.slot(n).rows()).sum()));
    }

    /** View of neighbours as one: parameters of one width that follow each other, {@code rows} in all. */
    public Tensor stacked(String first, int rows) {
        return view(placed.slot(first), rows);
    }

    /** View of neighbouring vectors as one row of {@code cols} values. */
    public Tensor joined(String first, int cols) {
        Slot s = placed.slot(first);
        return vectors.flat(s.offset() - placed.matrices(), 1, cols);
    }

    /** View of {@code count} values as one row, {@code from} values after the start of a parameter; it may run on into those that follow. */
    public Tensor run(String first, long from, int count) {
        long at = layout.slot(first).offset() + from;
        return at < layout.matrices() ? matrices.flat(at, 1, count) : vectors.flat(at - layout.matrices(), 1, count);
    }

    private Tensor view(Slot s, int rows) {
        return s.offset() < placed.matrices() ? matrices.flat(s.offset(), rows, s.cols())
                : vectors.flat(s.offset() - placed.matrices(), rows, s.cols());
    }

    /** Matrices and embeddings, piece by piece; the same pieces for every instance of a layout. */
    public void forMatrices(Consumer<Tensor> work) {
        pieces(matrices, placed.matrices(), work);
    }

    /** Norms and biases, piece by piece. */
    public void forVectors(Consumer<Tensor> work) {
        pieces(vectors, placed.size() - placed.matrices(), work);
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
        if (quantized()) {
            throw new IllegalStateException("Weights in four bits are shared, not copied");
        }
        Parameters p = new Parameters(backend, layout, dtype);
        p.copyFrom(this);
        return p;
    }

    /** Takes the values of another instance of the same layout, converting where the types differ. */
    public void copyFrom(Parameters other) {
        if (quantized() || other.quantized()) {
            throw new IllegalStateException("Weights in four bits are shared, not copied");
        }
        List<Tensor> from = new ArrayList<>();
        other.forMatrices(from::add);
        other.forVectors(from::add);
        Iterator<Tensor> it = from.iterator();
        forMatrices(t -> backend.copy(t, it.next()));
        forVectors(t -> backend.copy(t, it.next()));
    }

    /** Bytes held. */
    public long bytes() {
        long four = packed == null ? 0 : packed.values().stream().mapToLong(Nf4Matrix::bytes).sum();
        return matrices.size() * matrices.dtype().bytes() + vectors.size() * vectors.dtype().bytes() + four;
    }

    @Override
    public void close() {
        matrices.close();
        vectors.close();
    }
}
