package org.align4j.core.backend.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_sgemm;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.align4j.core.backend.Activation;
import org.align4j.core.backend.AdamWStep;
import org.align4j.core.backend.AttentionLayout;
import org.align4j.core.backend.AttentionShape;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.backend.RotaryTable;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.KernelChecks;
import org.align4j.core.backend.internal.host.AdamWKernel;
import org.align4j.core.backend.internal.host.Bf16;
import org.align4j.core.backend.internal.host.HostKernels;
import org.align4j.core.backend.internal.host.HostMemory;
import org.align4j.core.backend.internal.host.HostView;
import org.align4j.core.backend.internal.host.RmsNormGradient;
import org.align4j.core.backend.internal.host.Workers;
import org.align4j.core.backend.internal.onednn.Primitives.Product;

/** The CPU backend: ND4J arrays as memory, oneDNN for products, softmax, normalisation and nonlinearities. */
public final class OneDnnBackend implements Backend {
    /** Smallest probability whose logarithm is taken directly; float32 has its full precision down to 1.2e-38. */
    private static final double TINY = 1e-30;
    /** Products below this many multiply-adds are not worth a second thread. */
    private static final long SMALL_PRODUCT = 1 << 21;
    /** A transposed first operand this long is turned first where its stride makes columns fall into few cache sets or pages. */
    private static final int LONG_SUM = 768;
    /** Products of fewer rows or columns use each value too few times for rounding it to pay. */
    private static final int WORTH_ROUNDING = 32;
    private final Precision precision;
    private final boolean bf16;
    private final Dnnl dnnl = new Dnnl();
    private final Primitives primitives = new Primitives(dnnl);
    private final HostMemory memory = new HostMemory();
    private final OneDnnAttention attention;

    /**
     * @param precision what matrix products may do
     * @param bf16Units whether the CPU has bfloat16 instructions; without them products are computed in float32 whatever the precision
     */
    public OneDnnBackend(Precision precision, boolean bf16Units) {
        this.precision = precision;
        this.bf16 = precision == Precision.BF16 && bf16Units;
        this.attention = new OneDnnAttention();
    }

    @Override
    public String name() {
        return "onednn";
    }

    @Override
    public Precision precision() {
        return precision;
    }

    @Override
    public Tensor alloc(DType dtype, int rows, int cols) {
        return memory.alloc(dtype, rows, cols);
    }

    @Override
    public MemoryUse memory() {
        MemoryUse use = memory.use();
        long lanes = attention.lanes().reserved();
        return new MemoryUse(use.live(), use.peak() + lanes, use.reserved() + lanes);
    }

    @Override
    public void resetPeak() {
        memory.resetPeak();
    }

    @Override
    public void trim() {
        memory.trim();
        attention.lanes().trim();
    }

    @Override
    public void upload(Tensor dst, float[] src, int from) {
        KernelChecks.upload(dst, src, from);
        for (int r = 0; r < dst.rows(); r++) {
            int at = r * dst.stride();
            if (dst.dtype() == DType.F32) {
                HostView.floats(dst).put(at, src, from + r * dst.cols(), dst.cols());
            } else {
                for (int c = 0; c < dst.cols(); c++) {
                    HostView.shorts(dst).put(at + c, Bf16.fromFloat(src[from + r * dst.cols() + c]));
                }
            }
        }
    }

    @Override
    public void download(Tensor src, float[] dst, int to) {
        KernelChecks.download(src, dst, to);
        for (int r = 0; r < src.rows(); r++) {
            int at = r * src.stride();
            if (src.dtype() == DType.F32) {
                HostView.floats(src).get(at, dst, to + r * src.cols(), src.cols());
            } else {
                for (int c = 0; c < src.cols(); c++) {
                    dst[to + r * src.cols() + c] = Bf16.toFloat(HostView.shorts(src).get(at + c));
                }
            }
        }
    }

    @Override
    public void upload(Tensor dst, int[] src, int from) {
        KernelChecks.words("upload", dst, src.length, from);
        HostView.ints(dst).put(0, src, from, (int) dst.size());
    }

    @Override
    public void download(Tensor src, int[] dst, int to) {
        KernelChecks.words("download", src, dst.length, to);
        HostView.ints(src).get(0, dst, to, (int) src.size());
    }

    @Override
    public void fill(Tensor x, float value) {
        KernelChecks.fill(x);
        FloatBuffer buf = HostView.floats(x);
        int width = x.dense() ? 1 << 14 : x.cols();
        float[] values = new float[Math.max(1, (int) Math.min(width, x.size()))];
        Arrays.fill(values, value);
        if (x.dense()) {
            int blocks = (int) ((x.size() + width - 1) / width);
            Workers.parallel(blocks, 8, (from, to) -> {
                for (int b = from; b < to; b++) {
                    buf.put(b * width, values, 0, (int) Math.min(width, x.size() - (long) b * width));
                }
            });
        } else {
            for (int r = 0; r < x.rows(); r++) {
                buf.put(r * x.stride(), values, 0, x.cols());
            }
        }
    }

    @Override
    public void copy(Tensor dst, Tensor src) {
        KernelChecks.copy(dst, src);
        if (dst.dtype() == src.dtype() && dst.dtype() == DType.F32) {
            FloatBuffer to = HostView.floats(dst);
            FloatBuffer from = HostView.floats(src);
            Workers.parallel(src.rows(), 1 + (1 << 16) / Math.max(1, src.cols()), (lo, hi) -> {
                for (int r = lo; r < hi; r++) {
                    to.put(r * dst.stride(), from, r * src.stride(), src.cols());
                }
            });
            return;
        }
        if (dst.size() > 0) {
            primitives.convert(type(src), type(dst), src.rows(), src.cols(), src.stride(), dst.stride())
                    .run(HostView.pointer(src), HostView.pointer(dst));
        }
    }

    private static int type(Tensor t) {
        return t.dtype() == DType.F32 ? Dnnl.F32 : Dnnl.BF16;
    }

    @Override
    public void matmul(Tensor c, Tensor a, boolean transposeA, Tensor b, boolean transposeB, boolean accumulate) {
        KernelChecks.matmul(c, a, transposeA, b, transposeB);
        int m = transposeA ? a.cols() : a.rows();
        int k = transposeA ? a.rows() : a.cols();
        int n = transposeB ? b.rows() : b.cols();
        if (k == 0 || c.size() == 0) {
            if (!accumulate) {
                fill(c, 0f);
            }
            return;
        }
        if (bf16 && (b.dtype() == DType.BF16 || Math.min(m, n) >= WORTH_ROUNDING)) {
            halfProduct(c, a, transposeA, b, transposeB, accumulate, m, n, k);
        } else if (b.dtype() == DType.BF16) {
            try (Tensor wide = alloc(b.rows(), b.cols())) {
                copy(wide, b);
                sgemm(c, a, transposeA, wide, transposeB, accumulate, m, n, k);
            }
        } else {
            sgemm(c, a, transposeA, b, transposeB, accumulate, m, n, k);
        }
    }

    /** As {@link #sgemm}. Every lane rounds its own operands, the shared one as often as there are lanes: cheaper than one more hand-over. */
    private void halfProduct(Tensor c, Tensor a, boolean ta, Tensor b, boolean tb, boolean accumulate, int m, int n, int k) {
        Lanes lanes = attention.lanes();
        lanes.run((lane, i) -> {
            boolean byRows = m >= n;
            int from = cut(byRows ? m : n, i, lanes.count());
            int count = cut(byRows ? m : n, i + 1, lanes.count()) - from;
            if (count == 0) {
                return;
            }
            Tensor result = byRows ? c.rows(from, count) : c.cols(from, count);
            try (Tensor x = lane.rounded(!byRows ? a : ta ? a.cols(from, count) : a.rows(from, count));
                    Tensor w = lane.rounded(byRows ? b : tb ? b.rows(from, count) : b.cols(from, count))) {
                lane.primitives().matmul(new Product(1, result.rows(), result.cols(), k, 0, x.stride(), ta, 0, w.stride(), tb, 0, c.stride(), 1f, accumulate,
                        Dnnl.BF16)).run(HostView.pointer(x), HostView.pointer(w), HostView.pointer(result));
            }
        });
    }

    /** Rows or columns of c are dealt out to the lanes, whichever there are more of: one hand-over for the whole product. */
    private void sgemm(Tensor c, Tensor a, boolean ta, Tensor b, boolean tb, boolean accumulate, int m, int n, int k) {
        Lanes lanes = attention.lanes();
        boolean turn = ta && k >= LONG_SUM && n >= 512 && (a.stride() % 512 == 0 || a.stride() > 2048);
        if ((long) m * n * k < SMALL_PRODUCT || lanes.count() == 1) {
            part(c, a, ta, b, tb, accumulate, m, n, k);
        } else if (m >= n || turn) {
            lanes.run((lane, i) -> {
                int from = cut(m, i, lanes.count());
                int count = cut(m, i + 1, lanes.count()) - from;
                if (count > 0 && turn) {
                    try (Tensor turned = lane.memory().alloc(DType.F32, count, k)) {
                        lane.primitives().transpose(k, count, a.stride()).run(HostView.pointer(a.cols(from, count)), HostView.pointer(turned));
                        part(c.rows(from, count), turned, false, b, tb, accumulate, count, n, k);
                    }
                } else if (count > 0) {
                    part(c.rows(from, count), ta ? a.cols(from, count) : a.rows(from, count), ta, b, tb, accumulate, count, n, k);
                }
            });
        } else {
            lanes.run((lane, i) -> {
                int from = cut(n, i, lanes.count());
                int count = cut(n, i + 1, lanes.count()) - from;
                if (count > 0) {
                    part(c.cols(from, count), a, ta, tb ? b.rows(from, count) : b.cols(from, count), tb, accumulate, m, count, k);
                }
            });
        }
    }

    /** Start of part i of n, at a multiple of the vector width. */
    private static int cut(int n, int i, int parts) {
        return i == parts ? n : (int) ((long) n * i / parts) / 16 * 16;
    }

    private static void part(Tensor c, Tensor a, boolean ta, Tensor b, boolean tb, boolean accumulate, int m, int n, int k) {
        Dnnl.check(dnnl_sgemm((byte) (ta ? 'T' : 'N'), (byte) (tb ? 'T' : 'N'), m, n, k, 1f, HostView.floatPointer(a), a.stride(),
                HostView.floatPointer(b), b.stride(), accumulate ? 1f : 0f, HostView.floatPointer(c), c.stride()), "a matrix product");
    }

    @Override
    public void add(Tensor x, Tensor y) {
        KernelChecks.add(x, y);
        primitives.binary(false, x.rows(), x.cols(), x.stride(), y.stride(), false).run(HostView.pointer(x), HostView.pointer(y), HostView.pointer(x));
    }

    @Override
    public void multiply(Tensor x, Tensor y) {
        KernelChecks.multiply(x, y);
        HostKernels.multiply(x, y);
    }

    @Override
    public void scale(Tensor x, float factor) {
        KernelChecks.scale(x);
        float[] factors = new float[x.rows()];
        Arrays.fill(factors, factor);
        HostKernels.scaleRows(x, factors);
    }

    @Override
    public void scaleRows(Tensor x, float[] factors) {
        KernelChecks.scaleRows(x, factors);
        HostKernels.scaleRows(x, factors);
    }

    @Override
    public void addBias(Tensor x, Tensor bias) {
        KernelChecks.addBias(x, bias);
        primitives.binary(false, x.rows(), x.cols(), x.stride(), x.cols(), true)
                .run(HostView.pointer(x), HostView.pointer(bias), HostView.pointer(x));
    }

    @Override
    public void addRowSums(Tensor dBias, Tensor dy) {
        KernelChecks.addRowSums(dBias, dy);
        if (dy.size() == 0) {
            return;
        }
        try (Tensor ones = alloc(1, dy.rows())) {
            fill(ones, 1f);
            sgemm(dBias, ones, false, dy, false, true, 1, dy.cols(), dy.rows());
        }
    }

    @Override
    public void rmsNorm(Tensor y, Tensor x, Tensor w, float shift, float eps, Tensor stats) {
        KernelChecks.rmsNorm(y, x, w, stats);
        KernelChecks.allDense("rmsNorm", y, x, stats);
        try (Tensor scale = shifted(w, shift)) {
            primitives.norm(true, x.rows(), x.cols(), eps).run(HostView.pointer(x), HostView.pointer(y), HostView.pointer(scale),
                    HostView.pointer(stats));
        }
    }

    /** w + shift; w itself where there is no shift. Closing it never closes w's memory unless w was an owner, so a view is returned. */
    private Tensor shifted(Tensor w, float shift) {
        if (shift == 0f) {
            return w.rows(0, 1);
        }
        Tensor t = alloc(1, w.cols());
        fill(t, shift);
        add(t, w);
        return t;
    }

    @Override
    public void rmsNormBackward(Tensor dx, Tensor dw, Tensor dy, Tensor x, Tensor w, float shift, float eps, Tensor stats) {
        KernelChecks.rmsNormBackward(dx, dw, dy, x, w, stats);
        KernelChecks.allDense("rmsNormBackward", dx, dy, x, stats);
        RmsNormGradient.run(dx, dw, dy, x, w, shift, eps, stats);
    }

    @Override
    public void layerNorm(Tensor y, Tensor x, Tensor w, Tensor b, float eps, Tensor stats) {
        KernelChecks.layerNorm(y, x, w, b, stats);
        KernelChecks.allDense("layerNorm", y, x, stats);
        primitives.norm(false, x.rows(), x.cols(), eps).run(HostView.pointer(x), HostView.pointer(y), HostView.pointer(w), HostView.pointer(b),
                HostView.pointer(stats.flat(0, 1, x.rows())), HostView.pointer(stats.flat(x.rows(), 1, x.rows())));
    }

    @Override
    public void layerNormBackward(Tensor dx, Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor w, float eps, Tensor stats) {
        KernelChecks.layerNormBackward(dx, dw, db, dy, x, w, stats);
        KernelChecks.allDense("layerNormBackward", dx, dy, x, stats);
        try (Tensor gx = alloc(x.rows(), x.cols()); Tensor gw = alloc(1, x.cols()); Tensor gb = alloc(1, x.cols())) {
            primitives.layerNormBackward(x.rows(), x.cols(), eps).run(HostView.pointer(x), HostView.pointer(dy), HostView.pointer(w),
                    HostView.pointer(gx), HostView.pointer(gw), HostView.pointer(gb), HostView.pointer(stats.flat(0, 1, x.rows())),
                    HostView.pointer(stats.flat(x.rows(), 1, x.rows())));
            add(dx, gx);
            if (dw != null) {
                add(dw, gw);
                add(db, gb);
            }
        }
    }

    @Override
    public void activate(Activation act, Tensor y, Tensor x) {
        KernelChecks.activate(y, x);
        KernelChecks.allDense("activate", y, x);
        primitives.eltwise(act, x.size()).run(HostView.pointer(x), HostView.pointer(y));
    }

    @Override
    public void activateBackward(Activation act, Tensor dx, Tensor dy, Tensor x) {
        KernelChecks.activateBackward(dx, dy, x);
        KernelChecks.allDense("activateBackward", dx, dy, x);
        primitives.eltwiseBackward(act, x.size()).run(HostView.pointer(x), HostView.pointer(dy), HostView.pointer(dx));
    }

    @Override
    public void gated(Activation act, Tensor y, Tensor gate, Tensor up) {
        KernelChecks.gated(y, gate, up);
        KernelChecks.allDense("gated", y, gate, up);
        activate(act, y, gate);
        int n = Math.toIntExact(y.size());
        primitives.binary(true, 1, n, n, n, false).run(HostView.pointer(y), HostView.pointer(up), HostView.pointer(y));
    }

    @Override
    public void gatedBackward(Activation act, Tensor dGate, Tensor dUp, Tensor dy, Tensor gate, Tensor up) {
        KernelChecks.gatedBackward(dGate, dUp, dy, gate, up);
        activate(act, dGate, gate);
        HostKernels.productBackward(dGate, dUp, dy, dGate, up);
        activateBackward(act, dGate, dGate, gate);
    }

    @Override
    public void gather(Tensor out, Tensor table, int[] ids, float scale) {
        KernelChecks.gather("gather", out, table, ids);
        HostKernels.gather(out, table, ids, scale, bf16);
    }

    @Override
    public void gatherRows(Tensor out, Tensor x, int[] rows) {
        KernelChecks.gather("gatherRows", out, x, rows);
        HostKernels.gather(out, x, rows, 1f, false);
    }

    @Override
    public void scatterAdd(Tensor table, Tensor x, int[] ids, float[] factors) {
        KernelChecks.scatterAdd(table, x, ids, factors);
        HostKernels.scatterAdd(table, x, ids, factors);
    }

    @Override
    public void rotate(Tensor x, int headDim, int[] positions, RotaryTable table, boolean inverse) {
        KernelChecks.rotate(x, headDim, positions, table);
        HostKernels.rotate(x, headDim, positions, table, inverse);
    }

    @Override
    public void attention(Tensor out, Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout) {
        KernelChecks.attention(out, q, k, v, shape, layout);
        fill(out, 0f);
        attention.forward(out, q, k, v, shape, layout);
    }

    @Override
    public void attentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dOut, Tensor q, Tensor k, Tensor v, AttentionShape shape,
            AttentionLayout layout) {
        KernelChecks.attentionBackward(dq, dk, dv, dOut, q, k, v, shape, layout);
        fill(dq, 0f);
        attention.backward(dq, dk, dv, dOut, q, k, v, shape, layout);
    }

    @Override
    public void logSoftmaxPick(Tensor logits, int[] targets, double[] out, int outFrom, double[] entropy) {
        KernelChecks.logSoftmaxPick(logits, targets, out, outFrom, entropy);
        KernelChecks.allDense("logSoftmaxPick", logits);
        primitives.softmax(true, logits.rows(), logits.cols()).run(HostView.pointer(logits), HostView.pointer(logits));
        FloatBuffer buf = HostView.floats(logits);
        for (int r = 0; r < logits.rows(); r++) {
            out[outFrom + r] = buf.get(r * logits.cols() + targets[r]);
        }
        if (entropy != null) {
            Workers.parallel(logits.rows(), 1, (from, to) -> {
                for (int r = from; r < to; r++) {
                    double h = 0;
                    for (int c = 0; c < logits.cols(); c++) {
                        double lp = buf.get(r * logits.cols() + c);
                        h -= lp == Double.NEGATIVE_INFINITY ? 0 : Math.exp(lp) * lp;
                    }
                    entropy[outFrom + r] = h;
                }
            });
        }
    }

    @Override
    public void logCollision(Tensor logProbs, double[] out, int outFrom) {
        KernelChecks.logCollision(logProbs, out, outFrom);
        KernelChecks.allDense("logCollision", logProbs);
        FloatBuffer buf = HostView.floats(logProbs);
        int n = logProbs.cols();
        Workers.parallel(logProbs.rows(), 1, (from, to) -> {
            float[] row = new float[n];
            for (int r = from; r < to; r++) {
                buf.get(r * n, row);
                double sum = 0;
                for (float lp : row) {
                    sum += Math.exp(2.0 * lp);
                }
                out[outFrom + r] = Math.log(sum);
            }
        });
    }

    @Override
    public void softmax(Tensor logits) {
        KernelChecks.softmax(logits);
        KernelChecks.allDense("softmax", logits);
        primitives.softmax(false, logits.rows(), logits.cols()).run(HostView.pointer(logits), HostView.pointer(logits));
    }

    /**
     * Without a second sweep: the logarithm of the probability itself, exact to float32 rounding while the probability is far from underflow.
     * Where it is not, another entry of the row whose probability is known gives it away.
     */
    @Override
    public void softmaxPick(Tensor logits, int[] targets, double[] out, int outFrom) {
        KernelChecks.softmaxPick(logits, targets, out, outFrom);
        KernelChecks.allDense("softmaxPick", logits);
        int cols = logits.cols();
        FloatBuffer buf = HostView.floats(logits);
        int[] sample = new int[logits.rows()];
        float[] before = new float[2 * logits.rows()];
        for (int r = 0; r < logits.rows(); r++) {
            sample[r] = HostKernels.largestOfSome(buf, r * cols, cols);
            before[2 * r] = buf.get(r * cols + targets[r]);
            before[2 * r + 1] = buf.get(r * cols + sample[r]);
        }
        softmax(logits);
        for (int r = 0; r < logits.rows(); r++) {
            double p = buf.get(r * cols + targets[r]);
            double q = buf.get(r * cols + sample[r]);
            out[outFrom + r] = p > TINY ? Math.log(p) : q > TINY ? (double) before[2 * r] - before[2 * r + 1] + Math.log(q) : Double.NaN;
        }
    }

    @Override
    public double sumOfSquares(Tensor x) {
        KernelChecks.sumOfSquares(x);
        KernelChecks.allDense("sumOfSquares", x);
        return HostKernels.sumOfSquares(x);
    }

    @Override
    public void adamW(Tensor weights, Tensor gradients, Tensor m, Tensor v, AdamWStep step) {
        KernelChecks.adamW(weights, gradients, m, v, step);
        AdamWKernel.run(weights, gradients, m, v, step);
    }

    @Override
    public void close() {
        attention.close();
        memory.close();
        dnnl.close();
    }
}
