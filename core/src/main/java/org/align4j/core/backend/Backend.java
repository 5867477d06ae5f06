package org.align4j.core.backend;

import java.util.List;
import org.align4j.core.backend.internal.KernelChecks;

/**
 * The kernels training needs, over opaque {@link Tensor} handles.
 *
 * <p>Tensors are float32 unless a kernel says that bfloat16 is welcome. Outputs must not overlap inputs unless stated. "Adds" means that the
 * output is accumulated into. Every index is checked by the kernel that takes it. One thread drives a backend; kernels use all cores.
 * Results are the same bits for the same input on the same machine.
 */
public interface Backend extends AutoCloseable {

    /** Short name: {@code onednn} or {@code nd4j}. */
    String name();

    /** What matrix products may do. */
    Precision precision();

    /** The type in which operands of products are best kept: bfloat16 where products round them to it anyway, else float32. */
    default DType operandType() {
        return DType.F32;
    }

    /** The values as {@link #operandType()}: a copy, or a view where that is what they are. Close it after use. */
    default Tensor operand(Tensor x) {
        if (x.dtype() == operandType() || x.dtype() == DType.BF16) {
            return x.rows(0, x.rows());
        }
        Tensor t = alloc(operandType(), x.rows(), x.cols());
        copy(t, x);
        return t;
    }

    // ---- memory ----

    /** A matrix with undefined contents. */
    Tensor alloc(DType dtype, int rows, int cols);

    /** A float32 matrix with undefined contents. */
    default Tensor alloc(int rows, int cols) {
        return alloc(DType.F32, rows, cols);
    }

    /** Bytes now handed out, and the most that ever were since {@link #resetPeak()}. */
    MemoryUse memory();

    /** Starts the peak anew. */
    void resetPeak();

    /** Frees pooled memory that is not handed out. */
    void trim();

    /** Copies {@code dst.size()} values from {@code src[from…]} into a float32 or bfloat16 tensor (rounded to nearest even). */
    void upload(Tensor dst, float[] src, int from);

    /** Copies all values of a float32 or bfloat16 tensor to {@code dst[to…]}. */
    void download(Tensor src, float[] dst, int to);

    /** Copies {@code dst.size()} words from {@code src[from…]} into a dense I32 tensor. */
    void upload(Tensor dst, int[] src, int from);

    /** Copies all words of a dense I32 tensor to {@code dst[to…]}. */
    void download(Tensor src, int[] dst, int to);

    /** Sets every value. */
    void fill(Tensor x, float value);

    /** dst ← src, converting between float32 and bfloat16 (rounded to nearest even; some processors take subnormal numbers for zeros here). */
    void copy(Tensor dst, Tensor src);

    // ---- linear algebra ----

    /**
     * c ← op(a)·op(b) + (accumulate ? c : 0), op transposing where asked. Operands may be bfloat16, and so may c unless it is accumulated into.
     * With {@link Precision#BF16} operands may be rounded to bfloat16.
     */
    void matmul(Tensor c, Tensor a, boolean transposeA, Tensor b, boolean transposeB, boolean accumulate);

    /**
     * A copy of a matrix for {@link #product}, of the type {@link #operandType()}. Close it after use.
     *
     * @param w          outputs × inputs, float32 or bfloat16
     * @param transposed whether it lies inputs × outputs instead
     */
    default PackedMatrix pack(Tensor w, boolean transposed) {
        KernelChecks.pack(w);
        Tensor copy = alloc(operandType(), w.rows(), w.cols());
        copy(copy, w);
        return new PackedMatrix(transposed ? w.cols() : w.rows(), transposed ? w.rows() : w.cols(), transposed, List.of(copy));
    }

    /** y ← x·Wᵀ + (accumulate ? y : 0). x may be bfloat16, and so may y unless it is accumulated into. See {@link PackedMatrix#ROWS}. */
    default void product(Tensor y, Tensor x, PackedMatrix w, boolean accumulate) {
        KernelChecks.product(y, x, w, accumulate);
        matmul(y, x, false, w.parts().get(0), !w.transposed(), accumulate);
    }

    /** x ← x + y. */
    void add(Tensor x, Tensor y);

    /** x ← x ∘ y, value by value; a y of one row goes for every row of x. */
    void multiply(Tensor x, Tensor y);

    /** x ← x · factor. */
    void scale(Tensor x, float factor);

    /** Row i of x ← row i · factors[i]. */
    void scaleRows(Tensor x, float[] factors);

    /** Adds the one-row tensor {@code bias} to every row of x. */
    void addBias(Tensor x, Tensor bias);

    /** Adds the sum of all rows of dy, which may be bfloat16, to the one-row tensor {@code dBias}. */
    void addRowSums(Tensor dBias, Tensor dy);

    // ---- normalisation, over the columns of each row; results may be bfloat16 ----

    /**
     * y ← x / √(mean(x²) + eps) · (w + shift). {@code stats} (rows × 1) receives what the backward pass needs.
     *
     * @param shift 0, or 1 for Gemma, whose weights are stored less one
     */
    void rmsNorm(Tensor y, Tensor x, Tensor w, float shift, float eps, Tensor stats);

    /** Adds ∂/∂x to dx and ∂/∂w to dw (dw may be null). */
    void rmsNormBackward(Tensor dx, Tensor dw, Tensor dy, Tensor x, Tensor w, float shift, float eps, Tensor stats);

    /** y ← (x − mean)/√(var + eps) · w + b; {@code stats} is rows × 2. */
    void layerNorm(Tensor y, Tensor x, Tensor w, Tensor b, float eps, Tensor stats);

    /** Adds ∂/∂x to dx, ∂/∂w to dw and ∂/∂b to db (dw and db may be null together). */
    void layerNormBackward(Tensor dx, Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor w, float eps, Tensor stats);

    // ---- pointwise ----

    /** y ← act(x). */
    void activate(Activation act, Tensor y, Tensor x);

    /** dx ← dy · act′(x); dx may be dy. */
    void activateBackward(Activation act, Tensor dx, Tensor dy, Tensor x);

    /** y ← act(gate) · up; everything may be bfloat16, gate and up together. */
    void gated(Activation act, Tensor y, Tensor gate, Tensor up);

    /** dGate ← dy·up·act′(gate), dUp ← dy·act(gate), and y ← act(gate)·up again unless y is null. Everything may be bfloat16, gate and up together; dUp may be dy. */
    void gatedBackward(Activation act, Tensor dGate, Tensor dUp, Tensor y, Tensor dy, Tensor gate, Tensor up);

    // ---- tables ----

    /** Row i of out ← table row ids[i] · scale; the table may be bfloat16. Under {@link Precision#BF16} entries are rounded as a bfloat16 table's would be. */
    void gather(Tensor out, Tensor table, int[] ids, float scale);

    /** Adds row i of x, times factors[i] (null: 1), to table row ids[i]; repeated ids add up in order of i. */
    void scatterAdd(Tensor table, Tensor x, int[] ids, float[] factors);

    /** Table row rows[i] ← row i of x; −1 is stored nowhere. Both are float32. */
    default void storeRows(Tensor table, Tensor x, int[] rows) {
        KernelChecks.storeRows(table, x, rows);
        for (int i = 0; i < rows.length; ) {
            int n = 1;
            while (i + n < rows.length && rows[i] >= 0 && rows[i + n] == rows[i] + n) {
                n++;
            }
            if (rows[i] >= 0) {
                copy(table.rows(rows[i], n), x.rows(i, n));
            }
            i += n;
        }
    }

    /** out row i ← x row rows[i]. */
    default void gatherRows(Tensor out, Tensor x, int[] rows) {
        gather(out, x, rows, 1f);
    }

    // ---- attention ----

    /**
     * Rotary position embedding in place: the halves (a, b) of each head become (a·cos − b·sin, b·cos + a·sin) at the row's position.
     *
     * @param x       rows × (heads·headDim), may be a column view
     * @param inverse turns back instead: the gradient of the rotation
     */
    void rotate(Tensor x, int headDim, int[] positions, RotaryTable table, boolean inverse);

    /**
     * Softmax attention over a packed layout; nothing of size tokens × tokens outlives the call.
     *
     * @param out queries × (heads·headDim)
     * @param q   queries × (heads·headDim)
     * @param k   keys × (kvHeads·headDim)
     * @param v   keys × (kvHeads·headDim)
     */
    void attention(Tensor out, Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout);

    /** Sets dq (rows of no segment to 0) and <em>adds</em> to dk and dv. */
    void attentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dOut, Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout);

    // ---- head ----

    /** Rows of logits ← log softmax, in place; {@code out[i]} ← the value at targets[i]. With {@code entropy} not null, −Σ p log p of each row too. */
    void logSoftmaxPick(Tensor logits, int[] targets, double[] out, int outFrom, double[] entropy);

    /** {@code out[i]} ← log Σ_v exp(2·x_v) of row i, which holds log-probabilities: the logarithm of the chance that two draws are the same token. */
    void logCollision(Tensor logProbs, double[] out, int outFrom);

    /** Rows ← softmax, in place. */
    void softmax(Tensor logits);

    /**
     * out[outFrom + i] ← log softmax(h·wᵀ) of row i at targets[i]. Logits live a few rows at a time.
     *
     * @param h         rows × width, float32 or bfloat16
     * @param w         vocabulary × width, float32 or bfloat16
     * @param collision receives what {@link #logCollision} says of every row, or null
     * @param p         rows × vocabulary, float32 or bfloat16: receives the softmax; or null
     */
    default void headLogProbs(Tensor h, Tensor w, int[] targets, double[] out, int outFrom, double[] collision, Tensor p) {
        try (Tensor logits = alloc(h.rows(), w.rows())) {
            matmul(logits, h, false, w, true, false);
            if (p != null) {
                try (Tensor wide = alloc(h.rows(), w.rows())) {
                    copy(wide, logits);
                    softmax(wide);
                    copy(p, wide);
                }
            }
            logSoftmaxPick(logits, targets, out, outFrom, null);
            if (collision != null) {
                logCollision(logits, collision, outFrom);
            }
        }
    }

    /**
     * p ← softmax(h·wᵀ), row by row; p may be bfloat16.
     *
     * @param out receives log softmax at targets[i], or NaN where a backend cannot tell because the probability underflows; may be null
     */
    default void headSoftmax(Tensor p, Tensor h, Tensor w, int[] targets, double[] out, int outFrom) {
        if (p.dtype() == DType.BF16) {
            try (Tensor wide = alloc(p.rows(), p.cols())) {
                headSoftmax(wide, h, w, targets, out, outFrom);
                copy(p, wide);
            }
            return;
        }
        matmul(p, h, false, w, true, false);
        if (out == null) {
            softmax(p);
        } else {
            softmaxPick(p, targets, out, outFrom);
        }
    }

    /** Rows ← softmax, in place; {@code out[i]} ← log softmax at targets[i], or NaN where a backend cannot tell because the probability underflows. */
    default void softmaxPick(Tensor logits, int[] targets, double[] out, int outFrom) {
        try (Tensor logs = alloc(logits.rows(), logits.cols())) {
            copy(logs, logits);
            logSoftmaxPick(logs, targets, out, outFrom, null);
        }
        softmax(logits);
    }

    // ---- optimiser ----

    /** Σ x², in a fixed order, whether or not squares leave float32. NaN or infinite when a value is. */
    double sumOfSquares(Tensor x);

    /**
     * Updates weights and both moments in one pass; dense tensors of one size. A moment is float32 or packed ({@link MomentType}): I32, a row of words
     * for every {@link MomentType#VALUES} values, all zero at first.
     */
    void adamW(Tensor weights, Tensor gradients, Tensor m, Tensor v, AdamWStep step);

    @Override
    void close();

    /** Memory handed out by a backend, in bytes. */
    record MemoryUse(long live, long peak, long reserved) {}
}
