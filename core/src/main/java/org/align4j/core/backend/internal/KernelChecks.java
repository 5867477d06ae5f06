package org.align4j.core.backend.internal;

import org.align4j.core.backend.AdamWStep;
import org.align4j.core.backend.AttentionLayout;
import org.align4j.core.backend.AttentionShape;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.MomentType;
import org.align4j.core.backend.PackedMatrix;
import org.align4j.core.backend.RotaryTable;
import org.align4j.core.backend.Tensor;

/**
 * What every backend checks before a kernel touches memory. A wrong shape or type is an {@link IllegalArgumentException} that names
 * kernel, operand, what was required and what was found; a wrong id, target, position or row is an {@link IndexOutOfBoundsException}.
 */
public final class KernelChecks {
    private KernelChecks() {}

    // ---- building blocks ----

    public static void require(boolean ok, String kernel, String required, Object found) {
        if (!ok) {
            throw new IllegalArgumentException(kernel + ": " + required + ", found " + found);
        }
    }

    /** {@code t} must be rows × cols, of any type. */
    public static void shape(String kernel, String operand, Tensor t, int rows, int cols) {
        if (t.rows() != rows || t.cols() != cols) {
            throw new IllegalArgumentException(kernel + ": operand " + operand + " must be " + rows + "×" + cols + ", found " + t);
        }
    }

    public static void f32(String kernel, String operand, Tensor t) {
        if (t.dtype() != DType.F32) {
            throw new IllegalArgumentException(kernel + ": operand " + operand + " must be F32, found " + t);
        }
    }

    /** {@code t} must be float32 or bfloat16. */
    public static void floating(String kernel, String operand, Tensor t) {
        require(t.dtype() != DType.I32, kernel, "operand " + operand + " must be F32 or BF16", t);
    }

    /** {@code t} must be a dense tensor of words. */
    public static void words(String kernel, Tensor t, int length, int from) {
        require(t.dtype() == DType.I32 && t.dense(), kernel, "a dense I32 tensor is required", t);
        range(kernel, "the array", length, from, t.size());
    }

    /** {@code t} must be float32 and rows × cols. */
    public static void f32(String kernel, String operand, Tensor t, int rows, int cols) {
        f32(kernel, operand, t);
        shape(kernel, operand, t, rows, cols);
    }

    /** {@code t} must be float32 and of the shape of {@code like}. */
    public static void f32Like(String kernel, String operand, Tensor t, Tensor like) {
        f32(kernel, operand, t, like.rows(), like.cols());
    }

    public static void dense(String kernel, String operand, Tensor t) {
        if (!t.dense()) {
            throw new IllegalArgumentException(kernel + ": operand " + operand + " must be dense, found " + t);
        }
    }

    /** For backends whose kernel takes no column views. */
    public static void allDense(String kernel, Tensor... tensors) {
        for (Tensor t : tensors) {
            require(t.dense(), kernel, "every operand must be dense", t);
        }
    }

    /** {@code count} array elements from {@code from} on must exist. */
    public static void range(String kernel, String array, int length, int from, long count) {
        if (from < 0 || count < 0 || from + count > length) {
            throw new IndexOutOfBoundsException(kernel + ": " + array + " must hold elements " + from + " to " + (from + count)
                    + ", found a length of " + length);
        }
    }

    /** {@code indices} must have {@code count} elements, each in [0, bound). */
    public static void indices(String kernel, String what, int[] indices, int count, int bound) {
        if (indices.length != count) {
            throw new IllegalArgumentException(kernel + ": " + what + " must have " + count + " elements, found " + indices.length);
        }
        for (int i = 0; i < count; i++) {
            if (indices[i] < 0 || indices[i] >= bound) {
                throw new IndexOutOfBoundsException(
                        kernel + ": " + what + "[" + i + "] must be in [0, " + bound + "), found " + indices[i]);
            }
        }
    }

    private static void factors(String kernel, float[] factors, int rows) {
        require(factors.length == rows, kernel, "factors must have " + rows + " elements", factors.length);
    }

    // ---- memory ----

    public static void upload(Tensor dst, float[] src, int from) {
        floating("upload", "dst", dst);
        range("upload", "src", src.length, from, dst.size());
    }

    public static void download(Tensor src, float[] dst, int to) {
        floating("download", "src", src);
        range("download", "dst", dst.length, to, src.size());
    }

    public static void fill(Tensor x) {
        f32("fill", "x", x);
    }

    public static void copy(Tensor dst, Tensor src) {
        floating("copy", "dst", dst);
        floating("copy", "src", src);
        shape("copy", "dst", dst, src.rows(), src.cols());
        disjoint("copy", "dst", dst, "src", src);
    }

    // ---- linear algebra ----

    public static void matmul(Tensor c, Tensor a, boolean transposeA, Tensor b, boolean transposeB, boolean accumulate) {
        floating("matmul", "a", a);
        floating("matmul", "b", b);
        floating("matmul", "c", c);
        int m = transposeA ? a.cols() : a.rows();
        int k = transposeA ? a.rows() : a.cols();
        int n = transposeB ? b.rows() : b.cols();
        shape("matmul", "b", b, transposeB ? n : k, transposeB ? k : n);
        shape("matmul", "c", c, m, n);
        if (accumulate) {
            f32("matmul", "c", c);
        }
        disjoint("matmul", "c", c, "a", a);
        disjoint("matmul", "c", c, "b", b);
    }

    public static void pack(Tensor w) {
        floating("pack", "w", w);
        require(w.size() > 0, "pack", "w must not be empty", w);
    }

    public static void product(Tensor y, Tensor x, PackedMatrix w, boolean accumulate) {
        floating("product", "x", x);
        floating("product", "y", y);
        require(x.cols() == w.inputs(), "product", "x must have " + w.inputs() + " columns", x);
        shape("product", "y", y, x.rows(), w.outputs());
        if (accumulate) {
            f32("product", "y", y);
        }
        disjoint("product", "y", y, "x", x);
    }

    public static void add(Tensor x, Tensor y) {
        f32("add", "x", x);
        f32Like("add", "y", y, x);
    }

    public static void multiply(Tensor x, Tensor y) {
        f32("multiply", "x", x);
        f32("multiply", "y", y, y.rows() == 1 ? 1 : x.rows(), x.cols());
    }

    public static void scale(Tensor x) {
        f32("scale", "x", x);
    }

    public static void scaleRows(Tensor x, float[] factors) {
        f32("scaleRows", "x", x);
        factors("scaleRows", factors, x.rows());
    }

    public static void addBias(Tensor x, Tensor bias) {
        f32("addBias", "x", x);
        f32("addBias", "bias", bias, 1, x.cols());
    }

    public static void addRowSums(Tensor dBias, Tensor dy) {
        f32("addRowSums", "dBias", dBias, 1, dy.cols());
    }

    // ---- normalisation ----

    public static void rmsNorm(Tensor y, Tensor x, Tensor w, Tensor stats) {
        shape("rmsNorm", "y", y, x.rows(), x.cols());
        norm("rmsNorm", x, w, stats, 1);
        disjoint("rmsNorm", "y", y, "x", x);
    }

    public static void rmsNormBackward(Tensor dx, Tensor dw, Tensor dy, Tensor x, Tensor w, Tensor stats) {
        normBackward("rmsNormBackward", dx, dw, dy, x, w, stats, 1);
    }

    public static void layerNorm(Tensor y, Tensor x, Tensor w, Tensor b, Tensor stats) {
        shape("layerNorm", "y", y, x.rows(), x.cols());
        norm("layerNorm", x, w, stats, 2);
        f32("layerNorm", "b", b, 1, x.cols());
        disjoint("layerNorm", "y", y, "x", x);
    }

    public static void layerNormBackward(Tensor dx, Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor w, Tensor stats) {
        normBackward("layerNormBackward", dx, dw, dy, x, w, stats, 2);
        require((dw == null) == (db == null), "layerNormBackward", "dw and db must both be given or both be null",
                "only " + (dw == null ? "db" : "dw"));
        if (db != null) {
            f32("layerNormBackward", "db", db, 1, x.cols());
        }
    }

    private static void norm(String kernel, Tensor x, Tensor w, Tensor stats, int statsCols) {
        f32(kernel, "x", x);
        f32(kernel, "w", w, 1, x.cols());
        f32(kernel, "stats", stats, x.rows(), statsCols);
    }

    private static void normBackward(String kernel, Tensor dx, Tensor dw, Tensor dy, Tensor x, Tensor w, Tensor stats, int statsCols) {
        norm(kernel, x, w, stats, statsCols);
        f32Like(kernel, "dy", dy, x);
        f32Like(kernel, "dx", dx, x);
        if (dw != null) {
            f32(kernel, "dw", dw, 1, x.cols());
        }
        disjoint(kernel, "dx", dx, "dy", dy);
        disjoint(kernel, "dx", dx, "x", x);
    }

    // ---- pointwise ----

    public static void activate(Tensor y, Tensor x) {
        f32("activate", "x", x);
        f32Like("activate", "y", y, x);
        disjoint("activate", "y", y, "x", x);
    }

    public static void activateBackward(Tensor dx, Tensor dy, Tensor x) {
        f32("activateBackward", "x", x);
        f32Like("activateBackward", "dy", dy, x);
        f32Like("activateBackward", "dx", dx, x);
        disjoint("activateBackward", "dx", dx, "x", x);
        sameOrDisjoint("activateBackward", "dx", dx, "dy", dy);
    }

    public static void gated(Tensor y, Tensor gate, Tensor up) {
        like("gated", "up", up, gate);
        shape("gated", "y", y, gate.rows(), gate.cols());
        disjoint("gated", "y", y, "gate", gate);
        disjoint("gated", "y", y, "up", up);
    }

    public static void gatedBackward(Tensor dGate, Tensor dUp, Tensor y, Tensor dy, Tensor gate, Tensor up) {
        String kernel = "gatedBackward";
        like(kernel, "up", up, gate);
        shape(kernel, "dy", dy, gate.rows(), gate.cols());
        result(dGate, "dGate", gate, up);
        result(dUp, "dUp", gate, up);
        disjoint(kernel, "dGate", dGate, "dUp", dUp);
        disjoint(kernel, "dGate", dGate, "dy", dy);
        sameOrDisjoint(kernel, "dUp", dUp, "dy", dy);
        if (y != null) {
            result(y, "y", gate, up);
            disjoint(kernel, "y", y, "dGate", dGate);
            disjoint(kernel, "y", y, "dUp", dUp);
            disjoint(kernel, "y", y, "dy", dy);
        }
    }

    private static void like(String kernel, String name, Tensor t, Tensor like) {
        shape(kernel, name, t, like.rows(), like.cols());
        require(t.dtype() == like.dtype(), kernel, name + " must be of gate's type " + like.dtype(), t.dtype());
    }

    private static void result(Tensor t, String name, Tensor gate, Tensor up) {
        shape("gatedBackward", name, t, gate.rows(), gate.cols());
        disjoint("gatedBackward", name, t, "gate", gate);
        disjoint("gatedBackward", name, t, "up", up);
    }

    // ---- tables ----

    /** For {@code gather} and {@code gatherRows}. */
    public static void gather(String kernel, Tensor out, Tensor table, int[] ids) {
        f32(kernel, "out", out);
        floating(kernel, "table", table);
        require(out.cols() == table.cols(), kernel, "out must have the table's " + table.cols() + " columns", out);
        indices(kernel, "ids", ids, out.rows(), table.rows());
        disjoint(kernel, "out", out, "table", table);
    }

    public static void storeRows(Tensor table, Tensor x, int[] rows) {
        f32("storeRows", "table", table);
        f32("storeRows", "x", x);
        require(x.cols() == table.cols(), "storeRows", "x must have the table's " + table.cols() + " columns", x);
        require(rows.length == x.rows(), "storeRows", "one place for each of " + x.rows() + " rows is required", rows.length);
        for (int r : rows) {
            if (r < -1 || r >= table.rows()) {
                throw new IndexOutOfBoundsException("storeRows: places must lie between −1 and " + (table.rows() - 1) + ", found " + r);
            }
        }
        disjoint("storeRows", "table", table, "x", x);
    }

    public static void scatterAdd(Tensor table, Tensor x, int[] ids, float[] factors) {
        f32("scatterAdd", "table", table);
        f32("scatterAdd", "x", x);
        require(x.cols() == table.cols(), "scatterAdd", "x must have the table's " + table.cols() + " columns", x);
        indices("scatterAdd", "ids", ids, x.rows(), table.rows());
        if (factors != null) {
            factors("scatterAdd", factors, x.rows());
        }
        disjoint("scatterAdd", "table", table, "x", x);
    }

    // ---- attention ----

    public static void rotate(Tensor x, int headDim, int[] positions, RotaryTable table) {
        f32("rotate", "x", x);
        require(headDim > 0 && headDim % 2 == 0, "rotate", "headDim must be positive and even", headDim);
        require(x.cols() % headDim == 0, "rotate", "x must have a multiple of headDim " + headDim + " columns", x);
        indices("rotate", "positions", positions, x.rows(), table.positions());
        require(table.positions() == 0 || table.cos()[0].length == headDim / 2, "rotate",
                "the table must hold headDim/2 = " + headDim / 2 + " frequencies", table.positions() == 0 ? 0 : table.cos()[0].length);
    }

    public static void attention(Tensor out, Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout) {
        attention("attention", q, k, v, shape, layout);
        f32Like("attention", "out", out, q);
        disjoint("attention", "out", out, "q", q);
        disjoint("attention", "out", out, "k", k);
        disjoint("attention", "out", out, "v", v);
    }

    public static void attentionBackward(
            Tensor dq, Tensor dk, Tensor dv, Tensor dOut, Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout) {
        attention("attentionBackward", q, k, v, shape, layout);
        f32Like("attentionBackward", "dq", dq, q);
        f32Like("attentionBackward", "dOut", dOut, q);
        f32Like("attentionBackward", "dk", dk, k);
        f32Like("attentionBackward", "dv", dv, v);
        disjoint("attentionBackward", "dk", dk, "dv", dv);
        for (Tensor in : new Tensor[] {dOut, q, k, v}) {
            disjoint("attentionBackward", "dq", dq, "an input", in);
            disjoint("attentionBackward", "dk", dk, "an input", in);
            disjoint("attentionBackward", "dv", dv, "an input", in);
        }
    }

    private static void attention(String kernel, Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout) {
        f32(kernel, "q", q, q.rows(), shape.heads() * shape.headDim());
        f32(kernel, "k", k, k.rows(), shape.kvHeads() * shape.headDim());
        f32(kernel, "v", v, k.rows(), shape.kvHeads() * shape.headDim());
        require(layout.window() >= 0, kernel, "the window must be 0 or more", layout.window());
        int number = 0;
        for (AttentionLayout.Segment s : layout.segments()) {
            rows(kernel, number, "query", s.queryStart(), s.queryCount(), q.rows());
            rows(kernel, number, "own key", s.ownStart(), s.ownCount(), k.rows());
            if (s.prefixCount() > 0) {
                rows(kernel, number, "prefix key", s.prefixStart(), s.prefixCount(), k.rows());
            }
            number++;
        }
    }

    private static void rows(String kernel, int segment, String what, int start, int count, int have) {
        if (start < 0 || start + (long) count > have) {
            throw new IndexOutOfBoundsException(kernel + ": " + what + " rows of segment " + segment + " must lie in [0, " + have
                    + "), found " + start + " to " + (start + (long) count));
        }
    }

    // ---- head and optimiser ----

    public static void logSoftmaxPick(Tensor logits, int[] targets, double[] out, int outFrom, double[] entropy) {
        f32("logSoftmaxPick", "logits", logits);
        indices("logSoftmaxPick", "targets", targets, logits.rows(), logits.cols());
        range("logSoftmaxPick", "out", out.length, outFrom, logits.rows());
        if (entropy != null) {
            range("logSoftmaxPick", "entropy", entropy.length, outFrom, logits.rows());
        }
    }

    public static void logCollision(Tensor logProbs, double[] out, int outFrom) {
        f32("logCollision", "logProbs", logProbs);
        range("logCollision", "out", out.length, outFrom, logProbs.rows());
    }

    public static void headLogProbs(Tensor h, Tensor w, int[] targets, double[] out, int outFrom, double[] collision, Tensor p) {
        shape("headLogProbs", "w", w, w.rows(), h.cols());
        indices("headLogProbs", "targets", targets, h.rows(), w.rows());
        range("headLogProbs", "out", out.length, outFrom, h.rows());
        if (collision != null) {
            range("headLogProbs", "collision", collision.length, outFrom, h.rows());
        }
        if (p != null) {
            shape("headLogProbs", "p", p, h.rows(), w.rows());
            disjoint("headLogProbs", "p", p, "h", h);
            disjoint("headLogProbs", "p", p, "w", w);
        }
    }

    public static void headSoftmax(Tensor p, Tensor h, Tensor w, int[] targets, double[] out, int outFrom) {
        shape("headSoftmax", "w", w, w.rows(), h.cols());
        shape("headSoftmax", "p", p, h.rows(), w.rows());
        indices("headSoftmax", "targets", targets, h.rows(), w.rows());
        if (out != null) {
            range("headSoftmax", "out", out.length, outFrom, h.rows());
        }
        disjoint("headSoftmax", "p", p, "h", h);
        disjoint("headSoftmax", "p", p, "w", w);
    }

    public static void softmaxPick(Tensor logits, int[] targets, double[] out, int outFrom) {
        f32("softmaxPick", "logits", logits);
        indices("softmaxPick", "targets", targets, logits.rows(), logits.cols());
        range("softmaxPick", "out", out.length, outFrom, logits.rows());
    }

    public static void softmax(Tensor logits) {
        f32("softmax", "logits", logits);
    }

    public static void sumOfSquares(Tensor x) {
        f32("sumOfSquares", "x", x);
    }

    public static void adamW(Tensor weights, Tensor gradients, Tensor m, Tensor v, AdamWStep step) {
        String[] names = {"weights", "gradients", "m", "v"};
        Tensor[] all = {weights, gradients, m, v};
        for (int i = 0; i < 4; i++) {
            dense("adamW", names[i], all[i]);
            if (i > 1 && all[i].dtype() == DType.I32) {
                int width = all[i].cols();
                require(width == MomentType.BFLOAT16.words() || width == MomentType.INT8.words(), "adamW", names[i] + " must have rows of "
                        + MomentType.BFLOAT16.words() + " or " + MomentType.INT8.words() + " words", all[i]);
                shape("adamW", names[i], all[i], Math.toIntExact(MomentType.rows(weights.size())), width);
            } else {
                f32("adamW", names[i], all[i]);
                require(all[i].size() == weights.size(), "adamW", names[i] + " must hold " + weights.size() + " values", all[i]);
            }
            for (int j = 0; j < i; j++) {
                disjoint("adamW", names[i], all[i], names[j], all[j]);
            }
        }
        require(step.step() >= 1, "adamW", "step must be 1 or more", step.step());
    }

    /** An output may share storage with an input only where both are views that do not meet, such as different columns of one matrix. */
    public static void disjoint(String kernel, String outName, Tensor out, String inName, Tensor in) {
        if (out.storage() == in.storage() && out.size() > 0 && in.size() > 0 && overlap(out, in)) {
            throw new IllegalArgumentException(kernel + ": operand " + outName + " must not overlap " + inName + ", found " + out + " at "
                    + out.offset() + " and " + in + " at " + in.offset() + " of one storage");
        }
    }

    private static void sameOrDisjoint(String kernel, String outName, Tensor out, String inName, Tensor in) {
        if (out.offset() != in.offset() || out.stride() != in.stride()) {
            disjoint(kernel, outName, out, inName, in);
        }
    }

    private static boolean overlap(Tensor x, Tensor y) {
        long xEnd = x.offset() + (x.rows() - 1L) * x.stride() + x.cols();
        long yEnd = y.offset() + (y.rows() - 1L) * y.stride() + y.cols();
        if (xEnd <= y.offset() || yEnd <= x.offset()) {
            return false;
        }
        // Views of one matrix interleave: with one stride they are apart when their columns are, whatever the rows.
        if (x.stride() != y.stride()) {
            return true;
        }
        long gap = Math.floorMod(y.offset() - x.offset(), (long) x.stride());
        return gap < x.cols() || gap + y.cols() > x.stride();
    }
}
