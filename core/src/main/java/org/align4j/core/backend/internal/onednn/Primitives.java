package org.align4j.core.backend.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.*;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.backend.Activation;
import org.align4j.core.backend.internal.onednn.Dnnl.Arg;
import org.align4j.core.backend.internal.onednn.Dnnl.Primitive;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** Builders of the primitives that the backend uses, each cached by what determines it. */
final class Primitives {
    /** Rows of a product whose favourite order packed matrices have. */
    private static final int MANY = 64;
    private final Dnnl dnnl;
    private final Map<Packed, dnnl_memory_desc> blocked = new HashMap<>();

    Primitives(Dnnl dnnl) {
        this.dnnl = dnnl;
    }

    private record Key(String kind, List<Object> what) {
        static Key of(String kind, Object... what) {
            return new Key(kind, List.of(what));
        }
    }

    private static int algorithm(Activation act) {
        return switch (act) {
            case SILU -> dnnl_eltwise_swish;
            case GELU_TANH -> dnnl_eltwise_gelu_tanh;
            case GELU -> dnnl_eltwise_gelu_erf;
        };
    }

    /** dst ← act(src) over n values. */
    Primitive eltwise(Activation act, long n) {
        return dnnl.cached(Key.of("eltwise", act, n), () -> {
            dnnl_memory_desc d = Dnnl.dense(Dnnl.F32, n);
            return dnnl.primitive(eltwiseDesc(act, d), List.of(new Arg(DNNL_ARG_SRC, d), new Arg(DNNL_ARG_DST, d)));
        });
    }

    /** dst ← exp(src) over n values. */
    Primitive exp(long n) {
        return dnnl.cached(Key.of("exp", n), () -> {
            dnnl_memory_desc d = Dnnl.dense(Dnnl.F32, n);
            dnnl_primitive_desc desc = Dnnl.primitiveDesc("exp", out -> dnnl_eltwise_forward_primitive_desc_create(out, dnnl.engine(), dnnl_forward_inference,
                    dnnl_eltwise_exp, d, d, 0f, 0f, null));
            return dnnl.primitive(desc, List.of(new Arg(DNNL_ARG_SRC, d), new Arg(DNNL_ARG_DST, d)));
        });
    }

    private dnnl_primitive_desc eltwiseDesc(Activation act, dnnl_memory_desc d) {
        return Dnnl.primitiveDesc("eltwise", out -> dnnl_eltwise_forward_primitive_desc_create(out, dnnl.engine(), dnnl_forward_training,
                algorithm(act), d, d, 1f, 0f, null));
    }

    /** diff_src ← diff_dst · act′(src) over n values. */
    Primitive eltwiseBackward(Activation act, long n) {
        return dnnl.cached(Key.of("eltwise-backward", act, n), () -> {
            dnnl_memory_desc d = Dnnl.dense(Dnnl.F32, n);
            dnnl_primitive_desc hint = eltwiseDesc(act, d);
            dnnl_primitive_desc desc = Dnnl.primitiveDesc("eltwise backward", out -> dnnl_eltwise_backward_primitive_desc_create(out,
                    dnnl.engine(), algorithm(act), d, d, d, 1f, 0f, hint, null));
            dnnl_primitive_desc_destroy(hint);
            return dnnl.primitive(desc, List.of(new Arg(DNNL_ARG_SRC, d), new Arg(DNNL_ARG_DIFF_DST, d), new Arg(DNNL_ARG_DIFF_SRC, d)));
        });
    }

    /** dst ← src0 ∘ src1, with rows × cols operands; src1 may be a single row. {@code multiply} or add. */
    Primitive binary(boolean multiply, int rows, int cols, int stride0, int stride1, boolean oneRow) {
        return dnnl.cached(Key.of("binary", multiply, rows, cols, stride0, stride1, oneRow), () -> {
            dnnl_memory_desc a = matrix(rows, cols, stride0);
            dnnl_memory_desc b = matrix(oneRow ? 1 : rows, cols, stride1);
            dnnl_primitive_desc desc = Dnnl.primitiveDesc("binary", out -> dnnl_binary_primitive_desc_create(out, dnnl.engine(),
                    multiply ? dnnl_binary_mul : dnnl_binary_add, a, b, a, null));
            return dnnl.primitive(desc, List.of(new Arg(DNNL_ARG_SRC_0, a), new Arg(DNNL_ARG_SRC_1, b), new Arg(DNNL_ARG_DST, a)));
        });
    }

    private static dnnl_memory_desc matrix(long rows, long cols, long stride) {
        return Dnnl.desc(Dnnl.F32, new long[] {rows, cols}, new long[] {stride, 1});
    }

    /** Softmax over the columns of a dense matrix, in place; the logarithm of it when {@code log}. */
    Primitive softmax(boolean log, int rows, int cols) {
        return dnnl.cached(Key.of("softmax", log, rows, cols), () -> {
            dnnl_memory_desc d = matrix(rows, cols, cols);
            return dnnl.primitive(softmaxDesc(log, d), List.of(new Arg(DNNL_ARG_SRC, d), new Arg(DNNL_ARG_DST, d)));
        });
    }

    private dnnl_primitive_desc softmaxDesc(boolean log, dnnl_memory_desc d) {
        return Dnnl.primitiveDesc("softmax", out -> dnnl_softmax_forward_primitive_desc_create(out, dnnl.engine(), dnnl_forward_training,
                log ? dnnl_softmax_log : dnnl_softmax_accurate, d, d, 1, null));
    }

    /** diff_src ← gradient of softmax, given its output; diff_src, of the given type, may be diff_dst where that is float32 too. */
    Primitive softmaxBackward(int rows, int cols, int type) {
        return dnnl.cached(Key.of("softmax-backward", rows, cols, type), () -> {
            dnnl_memory_desc d = matrix(rows, cols, cols);
            dnnl_memory_desc result = Dnnl.dense(type, rows, cols);
            dnnl_primitive_desc hint = softmaxDesc(false, d);
            dnnl_primitive_desc desc = Dnnl.primitiveDesc("softmax backward", out -> dnnl_softmax_backward_primitive_desc_create(out,
                    dnnl.engine(), dnnl_softmax_accurate, result, d, d, 1, hint, null));
            dnnl_primitive_desc_destroy(hint);
            return dnnl.primitive(desc, List.of(new Arg(DNNL_ARG_DST, d), new Arg(DNNL_ARG_DIFF_DST, d), new Arg(DNNL_ARG_DIFF_SRC, result)));
        });
    }

    private static int normFlags(boolean rms) {
        return rms ? dnnl_rms_norm | dnnl_use_scale : dnnl_use_scale | dnnl_use_shift;
    }

    private dnnl_primitive_desc normDesc(boolean rms, dnnl_memory_desc x, dnnl_memory_desc y, dnnl_memory_desc stat, float eps) {
        return Dnnl.primitiveDesc("normalisation", out -> dnnl_layer_normalization_forward_primitive_desc_create(out, dnnl.engine(),
                dnnl_forward_training, x, y, stat, eps, normFlags(rms), null));
    }

    /** {@code to} is the type of dst. Arguments: src, dst, scale, then variance (RMS) or shift, mean, variance (layer norm). */
    Primitive norm(boolean rms, int to, int rows, int cols, float eps) {
        return dnnl.cached(Key.of("norm", rms, to, rows, cols, eps), () -> {
            dnnl_memory_desc x = matrix(rows, cols, cols);
            dnnl_memory_desc y = Dnnl.dense(to, rows, cols);
            dnnl_memory_desc stat = Dnnl.dense(Dnnl.F32, rows);
            dnnl_memory_desc w = Dnnl.dense(Dnnl.F32, cols);
            dnnl_primitive_desc desc = normDesc(rms, x, y, stat, eps);
            Arg src = new Arg(DNNL_ARG_SRC, x);
            Arg dst = new Arg(DNNL_ARG_DST, y);
            Arg scale = new Arg(DNNL_ARG_SCALE, w);
            Arg variance = new Arg(DNNL_ARG_VARIANCE, stat);
            return dnnl.primitive(desc, rms ? List.of(src, dst, scale, variance)
                    : List.of(src, dst, scale, new Arg(DNNL_ARG_SHIFT, w), new Arg(DNNL_ARG_MEAN, stat), variance));
        });
    }

    /** Layer norm alone, for RMS norm see {@link org.align4j.core.backend.internal.host.RmsNormGradient}: src, diff_dst, scale, diff_src, diff_scale, diff_shift, mean, variance. */
    Primitive layerNormBackward(int rows, int cols, float eps) {
        return dnnl.cached(Key.of("norm-backward", rows, cols, eps), () -> {
            dnnl_memory_desc x = matrix(rows, cols, cols);
            dnnl_memory_desc stat = Dnnl.dense(Dnnl.F32, rows);
            dnnl_memory_desc w = Dnnl.dense(Dnnl.F32, cols);
            dnnl_primitive_desc hint = normDesc(false, x, x, stat, eps);
            dnnl_primitive_desc desc = Dnnl.primitiveDesc("normalisation backward", out ->
                    dnnl_layer_normalization_backward_primitive_desc_create(out, dnnl.engine(), dnnl_backward, x, x, x, stat, eps,
                            normFlags(false), hint, null));
            dnnl_primitive_desc_destroy(hint);
            return dnnl.primitive(desc, List.of(new Arg(DNNL_ARG_SRC, x), new Arg(DNNL_ARG_DIFF_DST, x), new Arg(DNNL_ARG_SCALE, w),
                    new Arg(DNNL_ARG_DIFF_SRC, x), new Arg(DNNL_ARG_DIFF_SCALE, w), new Arg(DNNL_ARG_DIFF_SHIFT, w), new Arg(DNNL_ARG_MEAN, stat),
                    new Arg(DNNL_ARG_VARIANCE, stat)));
        });
    }

    /** Converts a matrix between float32 and bfloat16. */
    Primitive convert(int from, int to, int rows, int cols, int strideFrom, int strideTo) {
        return permute(from, to, 1, rows, cols, 0, strideFrom, 0, strideTo, false);
    }

    /** Copies rows × cols values of each of several matrices, steps and strides apart, from one type to another; adds them where {@code accumulate}. */
    Primitive permute(int from, int to, int matrices, int rows, int cols, long stepFrom, int strideFrom, long stepTo, int strideTo, boolean accumulate) {
        return dnnl.cached(new Permute(from, to, matrices, rows, cols, stepFrom, strideFrom, stepTo, strideTo, accumulate), () -> {
            dnnl_memory_desc a = operand(from, matrices, rows, cols, stepFrom, strideFrom, false);
            dnnl_memory_desc b = operand(to, matrices, rows, cols, stepTo, strideTo, false);
            dnnl_primitive_attr attr = Dnnl.attributes(1f, accumulate);
            dnnl_primitive_desc desc = Dnnl.primitiveDesc("reorder", out -> dnnl_reorder_primitive_desc_create(out, a, dnnl.engine(), b,
                    dnnl.engine(), attr));
            dnnl_primitive_attr_destroy(attr);
            return dnnl.primitive(desc, List.of(new Arg(DNNL_ARG_FROM, a), new Arg(DNNL_ARG_TO, b)));
        });
    }

    private record Permute(int from, int to, int matrices, int rows, int cols, long stepFrom, int strideFrom, long stepTo, int strideTo,
            boolean accumulate) {}

    /** dst[cols × rows] ← src[rows × cols]ᵀ; src rows are {@code stride} apart, dst is dense. */
    Primitive transpose(int rows, int cols, int stride) {
        return dnnl.cached(Key.of("transpose", rows, cols, stride), () -> {
            dnnl_memory_desc a = matrix(rows, cols, stride);
            dnnl_memory_desc b = Dnnl.desc(Dnnl.F32, new long[] {rows, cols}, new long[] {1, rows});
            dnnl_primitive_desc desc = Dnnl.primitiveDesc("transposition", out -> dnnl_reorder_primitive_desc_create(out, a, dnnl.engine(), b,
                    dnnl.engine(), null));
            return dnnl.primitive(desc, List.of(new Arg(DNNL_ARG_FROM, a), new Arg(DNNL_ARG_TO, b)));
        });
    }

    /** Sizes and strides of a batch of products c[m×n] ← scale · op(a)[m×k] · op(b)[k×n] (+ c); both operands are of one type, c of that or float32. */
    record Product(int batch, int m, int n, int k, long aBatch, int aStride, boolean aTransposed, long bBatch, int bStride, boolean bTransposed,
            long cBatch, int cStride, float scale, boolean accumulate, int type, int result) {}

    Primitive matmul(Product p) {
        return dnnl.cached(p, () -> {
            dnnl_memory_desc a = operand(p.type, p.batch, p.m, p.k, p.aBatch, p.aStride, p.aTransposed);
            dnnl_memory_desc b = operand(p.type, p.batch, p.k, p.n, p.bBatch, p.bStride, p.bTransposed);
            dnnl_memory_desc c = operand(p.result, p.batch, p.m, p.n, p.cBatch, p.cStride, false);
            dnnl_primitive_attr attr = Dnnl.attributes(p.scale, p.accumulate);
            dnnl_primitive_desc desc = Dnnl.primitiveDesc("matmul " + p, out -> dnnl_matmul_primitive_desc_create(out, dnnl.engine(), a, b,
                    null, c, attr));
            dnnl_primitive_attr_destroy(attr);
            return dnnl.primitive(desc, List.of(new Arg(DNNL_ARG_SRC, a), new Arg(DNNL_ARG_WEIGHTS, b), new Arg(DNNL_ARG_DST, c)));
        });
    }

    /** A second operand w[outputs × inputs] in blocked order. */
    record Packed(int type, int inputs, int outputs) {}

    /** Sizes of a product c[m × outputs] ← a[m × inputs]·wᵀ (+ c) with a packed w; a has its type, c has type {@code result}. */
    record PackedProduct(Packed w, int m, int aStride, int cStride, int result, boolean accumulate) {}

    Primitive packedProduct(PackedProduct p) {
        return dnnl.cached(p, () -> {
            dnnl_memory_desc a = Dnnl.desc(p.w.type, new long[] {p.m, p.w.inputs}, new long[] {p.aStride, 1});
            dnnl_memory_desc w = blocked(p.w);
            dnnl_memory_desc c = Dnnl.desc(p.result, new long[] {p.m, p.w.outputs}, new long[] {p.cStride, 1});
            dnnl_primitive_attr attr = Dnnl.attributes(1f, p.accumulate);
            dnnl_primitive_desc desc = Dnnl.primitiveDesc("product " + p, out -> dnnl_matmul_primitive_desc_create(out, dnnl.engine(), a, w, null, c, attr));
            dnnl_primitive_attr_destroy(attr);
            return dnnl.primitive(desc, List.of(new Arg(DNNL_ARG_SRC, a), new Arg(DNNL_ARG_WEIGHTS, w), new Arg(DNNL_ARG_DST, c)));
        });
    }

    /** The order that a product of many rows likes best, asked once: products of any number of rows take it, and add up in the same order. */
    private dnnl_memory_desc blocked(Packed w) {
        return blocked.computeIfAbsent(w, sizes -> {
            dnnl_primitive_desc product = Dnnl.primitiveDesc("product", out -> dnnl_matmul_primitive_desc_create(out, dnnl.engine(),
                    Dnnl.dense(w.type, MANY, w.inputs), Dnnl.any(w.type, w.inputs, w.outputs), null, Dnnl.dense(Dnnl.F32, MANY, w.outputs), null));
            dnnl_memory_desc order = Dnnl.weights(product);
            dnnl_primitive_desc_destroy(product);
            return order;
        });
    }

    /** Brings w of the given type into the order of {@link #packedProduct}, rounding it where that is narrower; {@code transposed} says that it lies inputs × outputs. */
    Primitive pack(Packed w, int type, int stride, boolean transposed) {
        return dnnl.cached(Key.of("pack", w, type, stride, transposed), () -> {
            dnnl_memory_desc plain = Dnnl.desc(type, new long[] {w.inputs, w.outputs}, transposed ? new long[] {stride, 1} : new long[] {1, stride});
            dnnl_memory_desc order = blocked(w);
            dnnl_primitive_desc desc = Dnnl.primitiveDesc("packing", out -> dnnl_reorder_primitive_desc_create(out, plain, dnnl.engine(), order, dnnl.engine(), null));
            return dnnl.primitive(desc, List.of(new Arg(DNNL_ARG_FROM, plain), new Arg(DNNL_ARG_TO, order)));
        });
    }

    /** Bytes that {@link #pack} writes. */
    long packedBytes(Packed w) {
        return dnnl_memory_desc_get_size(blocked(w));
    }

    /** One matrix alone has no batch dimension: with a batch of one and gaps between rows, oneDNN 3.11 falls back to its reference product. */
    private static dnnl_memory_desc operand(int type, long batch, long rows, long cols, long batchStride, long stride, boolean transposed) {
        if (batch == 1) {
            return Dnnl.desc(type, new long[] {rows, cols}, transposed ? new long[] {1, stride} : new long[] {stride, 1});
        }
        return Dnnl.desc(type, new long[] {batch, rows, cols}, transposed ? new long[] {batchStride, 1, stride} : new long[] {batchStride, stride, 1});
    }
}
