package org.align4j.core.backend.internal.onednn;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.align4j.core.backend.Activation;
import org.align4j.core.backend.AdamWStep;
import org.align4j.core.backend.AttentionLayout;
import org.align4j.core.backend.AttentionShape;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.PackedMatrix;
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

/** The CPU backend: ND4J arrays as memory, oneDNN for products, softmax, normalisation and nonlinearities. */
public final class OneDnnBackend implements Backend {
    private final Precision precision;
    private final boolean bf16;
    private final Dnnl dnnl = new Dnnl();
    private final Primitives primitives = new Primitives(dnnl);
    private final HostMemory memory = new HostMemory(true);
    private final OneDnnAttention attention;
    private final Products products;
    private final PackedProducts packedProducts;
    private final GatedUnit gatedUnit;
    private final HeadRows head;

    /**
     * @param precision what matrix products may do
     * @param bf16Units whether the CPU has bfloat16 instructions; without them products are computed in float32 whatever the precision
     */
    public OneDnnBackend(Precision precision, boolean bf16Units) {
        this.precision = precision;
        this.bf16 = precision == Precision.BF16 && bf16Units;
        this.attention = new OneDnnAttention(bf16);
        this.products = new Products(attention.lanes(), memory, bf16);
        this.packedProducts = new PackedProducts(attention.lanes(), memory, operandType());
        this.gatedUnit = new GatedUnit(attention.lanes());
        this.head = new HeadRows(attention.lanes());
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
    public DType operandType() {
        return bf16 ? DType.BF16 : DType.F32;
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
        HostKernels.upload(dst, src, from);
    }

    @Override
    public void download(Tensor src, float[] dst, int to) {
        KernelChecks.download(src, dst, to);
        if (src.dtype() == DType.F32) {
            FloatBuffer values = HostView.floats(src);
            Workers.parallel(src.rows(), 1 + (1 << 16) / Math.max(1, src.cols()), (lo, hi) -> {
                for (int r = lo; r < hi; r++) {
                    values.get(r * src.stride(), dst, to + r * src.cols(), src.cols());
                }
            });
            return;
        }
        for (int r = 0; r < src.rows(); r++) {
            for (int c = 0; c < src.cols(); c++) {
                dst[to + r * src.cols() + c] = Bf16.toFloat(HostView.shorts(src).get(r * src.stride() + c));
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
        rows(src, (lane, from, n) -> lane.convert(dst.rows(from, n), src.rows(from, n)));
    }

    private void rows(Tensor x, Lanes.Rows work) {
        attention.lanes().rows(x.rows(), x.cols(), work);
    }

    @Override
    public void matmul(Tensor c, Tensor a, boolean transposeA, Tensor b, boolean transposeB, boolean accumulate) {
        KernelChecks.matmul(c, a, transposeA, b, transposeB, accumulate);
        if (a.size() == 0 || c.size() == 0) {
            if (!accumulate) {
                upload(c, new float[Math.toIntExact(c.size())], 0);
            }
            return;
        }
        products.multiply(c, a, transposeA, b, transposeB, accumulate);
    }

    @Override
    public PackedMatrix pack(Tensor w, boolean transposed) {
        KernelChecks.pack(w);
        return packedProducts.pack(w, transposed);
    }

    @Override
    public void product(Tensor y, Tensor x, PackedMatrix w, boolean accumulate) {
        KernelChecks.product(y, x, w, accumulate);
        if (y.rows() > 0) {
            try (Tensor operand = x.dtype() == operandType() ? x.rows(0, x.rows()) : alloc(operandType(), x.rows(), x.cols())) {
                if (x.dtype() != operandType()) {
                    copy(operand, x);
                }
                packedProducts.multiply(y, operand, w, accumulate);
            }
        }
    }

    @Override
    public void add(Tensor x, Tensor y) {
        KernelChecks.add(x, y);
        if (!x.dense() || !y.dense()) {
            // oneDNN 3.11 falls back to its reference sum where rows have gaps.
            HostKernels.add(x, y);
            return;
        }
        rows(x, (lane, from, n) -> {
            Tensor to = x.rows(from, n);
            lane.primitives().binary(false, n, x.cols(), x.stride(), y.stride(), false).run(HostView.pointer(to), HostView.pointer(y.rows(from, n)), HostView.pointer(to));
        });
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
        rows(x, (lane, from, n) -> {
            Tensor to = x.rows(from, n);
            lane.primitives().binary(false, n, x.cols(), x.stride(), x.cols(), true).run(HostView.pointer(to), HostView.pointer(bias), HostView.pointer(to));
        });
    }

    @Override
    public void addRowSums(Tensor dBias, Tensor dy) {
        KernelChecks.addRowSums(dBias, dy);
        if (dy.size() == 0) {
            return;
        }
        try (Tensor ones = alloc(1, dy.rows())) {
            fill(ones, 1f);
            products.multiply(dBias, ones, false, dy, false, true);
        }
    }

    @Override
    public void rmsNorm(Tensor y, Tensor x, Tensor w, float shift, float eps, Tensor stats) {
        KernelChecks.rmsNorm(y, x, w, stats);
        KernelChecks.allDense("rmsNorm", y, x, stats);
        try (Tensor scale = shifted(w, shift)) {
            rows(x, (lane, from, n) -> lane.primitives().norm(true, Dnnl.type(y), n, x.cols(), eps).run(HostView.pointer(x.rows(from, n)),
                    HostView.pointer(y.rows(from, n)), HostView.pointer(scale), HostView.pointer(stats.rows(from, n))));
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
        rows(x, (lane, from, n) -> lane.primitives().norm(false, Dnnl.type(y), n, x.cols(), eps).run(HostView.pointer(x.rows(from, n)),
                HostView.pointer(y.rows(from, n)), HostView.pointer(w), HostView.pointer(b), HostView.pointer(stats.flat(from, 1, n)),
                HostView.pointer(stats.flat(x.rows() + from, 1, n))));
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
        rows(x, (lane, from, n) -> lane.primitives().eltwise(act, (long) n * x.cols()).run(HostView.pointer(x.rows(from, n)), HostView.pointer(y.rows(from, n))));
    }

    @Override
    public void activateBackward(Activation act, Tensor dx, Tensor dy, Tensor x) {
        KernelChecks.activateBackward(dx, dy, x);
        KernelChecks.allDense("activateBackward", dx, dy, x);
        rows(x, (lane, from, n) -> lane.primitives().eltwiseBackward(act, (long) n * x.cols()).run(HostView.pointer(x.rows(from, n)),
                HostView.pointer(dy.rows(from, n)), HostView.pointer(dx.rows(from, n))));
    }

    @Override
    public void gated(Activation act, Tensor y, Tensor gate, Tensor up) {
        KernelChecks.gated(y, gate, up);
        gatedUnit.forward(act, y, gate, up);
    }

    @Override
    public void gatedBackward(Activation act, Tensor dGate, Tensor dUp, Tensor y, Tensor dy, Tensor gate, Tensor up) {
        KernelChecks.gatedBackward(dGate, dUp, y, dy, gate, up);
        gatedUnit.backward(act, dGate, dUp, y, dy, gate, up);
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
    public void storeRows(Tensor table, Tensor x, int[] rows) {
        KernelChecks.storeRows(table, x, rows);
        HostKernels.storeRows(table, x, rows);
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
        softmax(logits, true);
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
        Workers.parallel(logProbs.rows(), 1, (from, to) -> HostKernels.logCollision(logProbs.rows(from, to - from), out, outFrom + from));
    }

    @Override
    public void softmax(Tensor logits) {
        KernelChecks.softmax(logits);
        KernelChecks.allDense("softmax", logits);
        softmax(logits, false);
    }

    private void softmax(Tensor logits, boolean log) {
        rows(logits, (lane, from, n) -> {
            Tensor part = logits.rows(from, n);
            lane.primitives().softmax(log, n, logits.cols()).run(HostView.pointer(part), HostView.pointer(part));
        });
    }

    @Override
    public void softmaxPick(Tensor logits, int[] targets, double[] out, int outFrom) {
        KernelChecks.softmaxPick(logits, targets, out, outFrom);
        KernelChecks.allDense("softmaxPick", logits);
        TargetPick pick = new TargetPick(logits, targets);
        softmax(logits);
        pick.logProbs(out, outFrom);
    }

    @Override
    public void headLogProbs(Tensor h, Tensor w, int[] targets, double[] out, int outFrom, double[] collision, Tensor p) {
        if (!bf16) {
            Backend.super.headLogProbs(h, w, targets, out, outFrom, collision, p);
            return;
        }
        KernelChecks.headLogProbs(h, w, targets, out, outFrom, collision, p);
        head.logProbs(h, w, targets, out, outFrom, collision, p);
    }

    @Override
    public void headSoftmax(Tensor p, Tensor h, Tensor w, int[] targets, double[] out, int outFrom) {
        if (!bf16) {
            Backend.super.headSoftmax(p, h, w, targets, out, outFrom);
            return;
        }
        KernelChecks.headSoftmax(p, h, w, targets, out, outFrom);
        head.softmax(p, h, w, targets, out, outFrom);
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
