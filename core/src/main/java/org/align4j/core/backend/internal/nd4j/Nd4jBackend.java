package org.align4j.core.backend.internal.nd4j;

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
import org.align4j.core.backend.internal.host.HostMemory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Every kernel in portable ND4J operations: the reference that faster backends are tested against, and what runs wherever ND4J does.
 * Written to be read; reductions are taken in double. With {@link Precision#BF16} both operands of {@code matmul} are rounded to bfloat16
 * and multiplied with float32 sums, as matrix units do; attention stays in float32.
 */
public final class Nd4jBackend implements Backend {
    private final Precision precision;
    private final HostMemory memory = new HostMemory(false);

    public Nd4jBackend(Precision precision) {
        this.precision = precision;
    }

    @Override
    public String name() {
        return "nd4j";
    }

    @Override
    public Precision precision() {
        return precision;
    }

    // ---- memory ----

    @Override
    public Tensor alloc(DType dtype, int rows, int cols) {
        return memory.alloc(dtype, rows, cols);
    }

    @Override
    public MemoryUse memory() {
        return memory.use();
    }

    @Override
    public void resetPeak() {
        memory.resetPeak();
    }

    @Override
    public void trim() {
        memory.trim();
    }

    @Override
    public void upload(Tensor dst, float[] src, int from) {
        KernelChecks.upload(dst, src, from);
        if (dst.size() == 0) {
            return;
        }
        int n = Math.toIntExact(dst.size());
        try (Scope s = new Scope()) {
            s.write(dst, s.matrix(from == 0 && n == src.length ? src : Arrays.copyOfRange(src, from, from + n), dst.rows(), dst.cols()));
        }
    }

    @Override
    public void download(Tensor src, float[] dst, int to) {
        KernelChecks.download(src, dst, to);
        if (src.size() == 0) {
            return;
        }
        try (Scope s = new Scope()) {
            float[] values = s.read(src).data().asFloat();
            System.arraycopy(values, 0, dst, to, values.length);
        }
    }

    @Override
    public void upload(Tensor dst, int[] src, int from) {
        KernelChecks.words("upload", dst, src.length, from);
        try (Scope s = new Scope()) {
            s.writeWords(dst, Arrays.copyOfRange(src, from, from + (int) dst.size()));
        }
    }

    @Override
    public void download(Tensor src, int[] dst, int to) {
        KernelChecks.words("download", src, dst.length, to);
        try (Scope s = new Scope()) {
            int[] words = s.readWords(src);
            System.arraycopy(words, 0, dst, to, words.length);
        }
    }

    @Override
    public void fill(Tensor x, float value) {
        KernelChecks.fill(x);
        if (x.size() > 0) {
            Scope.view(x).assign(value);
        }
    }

    @Override
    public void copy(Tensor dst, Tensor src) {
        KernelChecks.copy(dst, src);
        if (dst.size() == 0) {
            return;
        }
        try (Scope s = new Scope()) {
            s.write(dst, s.read(src));
        }
    }

    // ---- linear algebra ----

    @Override
    public void matmul(Tensor c, Tensor a, boolean transposeA, Tensor b, boolean transposeB, boolean accumulate) {
        KernelChecks.matmul(c, a, transposeA, b, transposeB, accumulate);
        if (c.size() == 0 || a.size() == 0) {
            if (!accumulate && c.size() > 0) {
                Scope.view(c).assign(0);
            }
            return;
        }
        try (Scope s = new Scope()) {
            INDArray product = s.product(operand(s, a), transposeA, operand(s, b), transposeB);
            if (accumulate) {
                Scope.view(c).addi(product);
            } else {
                s.write(c, product);
            }
        }
    }

    private INDArray operand(Scope s, Tensor t) {
        INDArray x = s.read(t);
        return precision == Precision.BF16 && t.dtype() == DType.F32 ? s.roundToBf16(x) : x;
    }

    @Override
    public void add(Tensor x, Tensor y) {
        KernelChecks.add(x, y);
        if (x.size() == 0) {
            return;
        }
        try (Scope s = new Scope()) {
            Scope.view(x).addi(s.read(y));
        }
    }

    @Override
    public void multiply(Tensor x, Tensor y) {
        KernelChecks.multiply(x, y);
        if (x.size() == 0) {
            return;
        }
        try (Scope s = new Scope()) {
            s.write(x, s.read(x).muli(s.read(y)));
        }
    }

    @Override
    public void scale(Tensor x, float factor) {
        KernelChecks.scale(x);
        if (x.size() > 0) {
            Scope.view(x).muli(factor);
        }
    }

    @Override
    public void scaleRows(Tensor x, float[] factors) {
        KernelChecks.scaleRows(x, factors);
        if (x.size() == 0) {
            return;
        }
        try (Scope s = new Scope()) {
            s.write(x, s.read(x).muli(s.matrix(factors, x.rows(), 1)));
        }
    }

    @Override
    public void addBias(Tensor x, Tensor bias) {
        KernelChecks.addBias(x, bias);
        if (x.size() == 0) {
            return;
        }
        try (Scope s = new Scope()) {
            s.write(x, s.read(x).addi(s.read(bias)));
        }
    }

    @Override
    public void addRowSums(Tensor dBias, Tensor dy) {
        KernelChecks.addRowSums(dBias, dy);
        if (dy.size() == 0) {
            return;
        }
        try (Scope s = new Scope()) {
            Scope.view(dBias).addi(s.columnSums(s.read(dy)));
        }
    }

    // ---- normalisation ----

    @Override
    public void rmsNorm(Tensor y, Tensor x, Tensor w, float shift, float eps, Tensor stats) {
        KernelChecks.rmsNorm(y, x, w, stats);
        if (x.size() > 0) {
            Norms.rms(y, x, w, shift, eps, stats);
        }
    }

    @Override
    public void rmsNormBackward(Tensor dx, Tensor dw, Tensor dy, Tensor x, Tensor w, float shift, float eps, Tensor stats) {
        KernelChecks.rmsNormBackward(dx, dw, dy, x, w, stats);
        if (x.size() > 0) {
            Norms.rmsBackward(dx, dw, dy, x, w, shift, stats);
        }
    }

    @Override
    public void layerNorm(Tensor y, Tensor x, Tensor w, Tensor b, float eps, Tensor stats) {
        KernelChecks.layerNorm(y, x, w, b, stats);
        if (x.size() > 0) {
            Norms.layer(y, x, w, b, eps, stats);
        }
    }

    @Override
    public void layerNormBackward(Tensor dx, Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor w, float eps, Tensor stats) {
        KernelChecks.layerNormBackward(dx, dw, db, dy, x, w, stats);
        if (x.size() > 0) {
            Norms.layerBackward(dx, dw, db, dy, x, w, stats);
        }
    }

    // ---- pointwise ----

    @Override
    public void activate(Activation act, Tensor y, Tensor x) {
        KernelChecks.activate(y, x);
        if (x.size() == 0) {
            return;
        }
        try (Scope s = new Scope()) {
            s.write(y, Activations.value(s, act, s.read(x)));
        }
    }

    @Override
    public void activateBackward(Activation act, Tensor dx, Tensor dy, Tensor x) {
        KernelChecks.activateBackward(dx, dy, x);
        if (x.size() == 0) {
            return;
        }
        try (Scope s = new Scope()) {
            s.write(dx, Activations.derivative(s, act, s.read(x)).muli(s.read(dy)));
        }
    }

    @Override
    public void gated(Activation act, Tensor y, Tensor gate, Tensor up) {
        KernelChecks.gated(y, gate, up);
        if (y.size() == 0) {
            return;
        }
        try (Scope s = new Scope()) {
            s.write(y, Activations.value(s, act, s.read(gate)).muli(s.read(up)));
        }
    }

    @Override
    public void gatedBackward(Activation act, Tensor dGate, Tensor dUp, Tensor y, Tensor dy, Tensor gate, Tensor up) {
        KernelChecks.gatedBackward(dGate, dUp, y, dy, gate, up);
        if (dy.size() == 0) {
            return;
        }
        try (Scope s = new Scope()) {
            INDArray d = s.read(dy);
            INDArray g = s.read(gate);
            INDArray throughGate = Activations.derivative(s, act, g).muli(s.read(up)).muli(d);
            INDArray active = Activations.value(s, act, g);
            if (y != null) {
                s.write(y, s.own(active.mul(s.read(up))));
            }
            s.write(dGate, throughGate);
            s.write(dUp, active.muli(d));
        }
    }

    // ---- tables ----

    @Override
    public void gather(Tensor out, Tensor table, int[] ids, float scale) {
        KernelChecks.gather("gather", out, table, ids);
        gather(out, table, ids, scale, precision == Precision.BF16);
    }

    @Override
    public void gatherRows(Tensor out, Tensor x, int[] rows) {
        KernelChecks.gather("gatherRows", out, x, rows);
        gather(out, x, rows, 1f, false);
    }

    private static void gather(Tensor out, Tensor table, int[] ids, float scale, boolean round) {
        if (out.size() == 0) {
            return;
        }
        try (Scope s = new Scope()) {
            INDArray rows = s.own(Nd4j.pullRows(Scope.view(table), 1, ids, 'c'));
            if (table.dtype() == DType.BF16) {
                rows = s.own(rows.castTo(DataType.FLOAT));
            } else if (round) {
                rows = s.roundToBf16(rows);
            }
            s.write(out, rows.muli(scale));
        }
    }

    @Override
    public void scatterAdd(Tensor table, Tensor x, int[] ids, float[] factors) {
        KernelChecks.scatterAdd(table, x, ids, factors);
        if (x.size() == 0) {
            return;
        }
        try (Scope s = new Scope()) {
            INDArray values = s.read(x);
            if (factors != null) {
                values.muli(s.matrix(factors, x.rows(), 1));
            }
            for (int i = 0; i < ids.length; i++) {
                INDArray row = Nd4j.create(values.data(), new long[] {1, x.cols()}, new long[] {x.cols(), 1}, (long) i * x.cols(), 'c');
                Scope.view(table.rows(ids[i], 1)).addi(row);
            }
        }
    }

    // ---- attention ----

    @Override
    public void rotate(Tensor x, int headDim, int[] positions, RotaryTable table, boolean inverse) {
        KernelChecks.rotate(x, headDim, positions, table);
        if (x.size() == 0) {
            return;
        }
        int half = headDim / 2;
        try (Scope s = new Scope()) {
            INDArray cos = s.matrix(rowsOf(table.cos(), positions, half), x.rows(), half);
            INDArray sin = s.matrix(rowsOf(table.sin(), positions, half), x.rows(), half);
            if (inverse) {
                sin.negi();
            }
            for (int from = 0; from < x.cols(); from += headDim) {
                Tensor left = x.cols(from, half);
                Tensor right = x.cols(from + half, half);
                INDArray a = s.read(left);
                INDArray b = s.read(right);
                s.write(left, s.own(a.mul(cos)).subi(s.own(b.mul(sin))));
                s.write(right, b.muli(cos).addi(a.muli(sin)));
            }
        }
    }

    private static float[] rowsOf(float[][] table, int[] rows, int width) {
        float[] flat = new float[rows.length * width];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(table[rows[i]], 0, flat, i * width, width);
        }
        return flat;
    }

    @Override
    public void attention(Tensor out, Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout) {
        KernelChecks.attention(out, q, k, v, shape, layout);
        if (out.size() > 0) {
            new Attention(q, k, v, shape, layout).forward(out);
        }
    }

    @Override
    public void attentionBackward(
            Tensor dq, Tensor dk, Tensor dv, Tensor dOut, Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout) {
        KernelChecks.attentionBackward(dq, dk, dv, dOut, q, k, v, shape, layout);
        if (dq.size() > 0) {
            new Attention(q, k, v, shape, layout).backward(dq, dk, dv, dOut);
        }
    }

    // ---- head ----

    @Override
    public void logSoftmaxPick(Tensor logits, int[] targets, double[] out, int outFrom, double[] entropy) {
        KernelChecks.logSoftmaxPick(logits, targets, out, outFrom, entropy);
        if (logits.size() > 0) {
            Softmax.logPick(logits, targets, out, outFrom, entropy);
        }
    }

    @Override
    public void logCollision(Tensor logProbs, double[] out, int outFrom) {
        KernelChecks.logCollision(logProbs, out, outFrom);
        if (logProbs.size() > 0) {
            Softmax.collision(logProbs, out, outFrom);
        }
    }

    @Override
    public void softmax(Tensor logits) {
        KernelChecks.softmax(logits);
        if (logits.size() > 0) {
            Softmax.rows(logits);
        }
    }

    @Override
    public void softmaxPick(Tensor logits, int[] targets, double[] out, int outFrom) {
        KernelChecks.softmaxPick(logits, targets, out, outFrom);
        if (logits.size() > 0) {
            Softmax.pick(logits, targets, out, outFrom);
        }
    }

    // ---- optimiser ----

    @Override
    public double sumOfSquares(Tensor x) {
        KernelChecks.sumOfSquares(x);
        if (x.size() == 0) {
            return 0;
        }
        try (Scope s = new Scope()) {
            INDArray wide = s.own(s.read(x).castTo(DataType.DOUBLE));
            // Row by row, then over the rows in order: the result must not hang on how many threads there are.
            double[] rows = s.own(wide.muli(wide).sum(true, 1)).data().asDouble();
            return Arrays.stream(rows).reduce(0, Double::sum);
        }
    }

    @Override
    public void adamW(Tensor weights, Tensor gradients, Tensor m, Tensor v, AdamWStep step) {
        KernelChecks.adamW(weights, gradients, m, v, step);
        if (weights.size() == 0) {
            return;
        }
        double mCorrection = 1 - Math.pow(step.beta1(), step.step());
        double vCorrection = 1 - Math.pow(step.beta2(), step.step());
        try (Scope s = new Scope()) {
            INDArray p = Scope.flat(weights);
            INDArray first = s.moment(m, false, (int) weights.size());
            INDArray second = s.moment(v, true, (int) weights.size());
            INDArray g = s.own(Scope.flat(gradients).mul(step.gradientScale()));
            first.muli(step.beta1()).addi(s.own(g.mul(1 - step.beta1())));
            second.muli(step.beta2()).addi(g.muli(g).muli(1 - step.beta2()));
            INDArray denominator = s.own(second.div(vCorrection));
            Transforms.sqrt(denominator, false).addi(step.epsilon());
            p.muli(1 - step.learningRate() * step.weightDecay());
            p.subi(s.own(first.div(denominator)).muli(step.learningRate() / mCorrection));
            s.keepMoment(m, false, first, step.noise());
            s.keepMoment(v, true, second, step.noise());
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
