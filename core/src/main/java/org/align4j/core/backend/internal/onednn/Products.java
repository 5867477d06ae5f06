package org.align4j.core.backend.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_sgemm;

import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.host.HostMemory;
import org.align4j.core.backend.internal.host.HostView;
import org.align4j.core.backend.internal.onednn.Primitives.Product;

/** Matrix products. Rows or columns of the result are dealt out to the lanes: one hand-over for the whole product. */
final class Products {
    /** Products below this many multiply-adds are not worth a second thread. */
    private static final long SMALL = 1 << 21;
    /** A transposed first operand this long is turned first where its stride makes columns fall into few cache sets or pages. */
    private static final int LONG_SUM = 768;
    /** Products of fewer rows or columns use each value too few times for rounding it to pay. */
    private static final int WORTH_ROUNDING = 32;
    /** Rounding a value costs about as much as this many multiply-adds. */
    private static final int ROUNDING = 20;
    private final Lanes lanes;
    private final HostMemory memory;
    private final boolean bf16;

    /**
     * @param bf16 whether products are made of bfloat16 operands
     */
    Products(Lanes lanes, HostMemory memory, boolean bf16) {
        this.lanes = lanes;
        this.memory = memory;
        this.bf16 = bf16;
    }

    /** See {@link org.align4j.core.backend.Backend#matmul}; nothing is empty. */
    void multiply(Tensor c, Tensor a, boolean ta, Tensor b, boolean tb, boolean accumulate) {
        Sizes s = new Sizes(c.rows(), c.cols(), ta ? a.rows() : a.cols());
        if (bf16 && halves(a, b, s)) {
            half(c, a, ta, b, tb, accumulate, s);
            return;
        }
        try (Tensor x = wide(a); Tensor w = wide(b)) {
            if (c.dtype() == DType.F32) {
                single(c, x, ta, w, tb, accumulate, s);
                return;
            }
            try (Tensor sums = memory.alloc(DType.F32, s.m, s.n)) {
                single(sums, x, ta, w, tb, false, s);
                lanes.rows(s.m, s.n, (lane, from, n) -> lane.convert(c.rows(from, n), sums.rows(from, n)));
            }
        }
    }

    private record Sizes(int m, int n, int k) {}

    private static boolean halves(Tensor a, Tensor b, Sizes s) {
        if (b.dtype() == DType.BF16) {
            return true;
        }
        return a.dtype() == DType.BF16 ? s.m >= WORTH_ROUNDING : Math.min(s.m, s.n) >= WORTH_ROUNDING;
    }

    private Tensor wide(Tensor t) {
        if (t.dtype() == DType.F32) {
            return t.rows(0, t.rows());
        }
        Tensor w = memory.alloc(DType.F32, t.rows(), t.cols());
        lanes.rows(t.rows(), t.cols(), (lane, from, n) -> lane.convert(w.rows(from, n), t.rows(from, n)));
        return w;
    }

    /** Every lane rounds its own operands, a shared one as often as there are lanes: cheaper than one more hand-over. */
    private void half(Tensor c, Tensor a, boolean ta, Tensor b, boolean tb, boolean accumulate, Sizes s) {
        boolean byRows = byRows(a, b, s);
        lanes.run((lane, i) -> {
            int from = cut(byRows ? s.m : s.n, i, lanes.count());
            int count = cut(byRows ? s.m : s.n, i + 1, lanes.count()) - from;
            if (count == 0) {
                return;
            }
            Tensor result = byRows ? c.rows(from, count) : c.cols(from, count);
            try (Tensor x = lane.rounded(!byRows ? a : ta ? a.cols(from, count) : a.rows(from, count));
                    Tensor w = lane.rounded(byRows ? b : tb ? b.rows(from, count) : b.cols(from, count))) {
                lane.primitives().matmul(new Product(1, result.rows(), result.cols(), s.k, 0, x.stride(), ta, 0, w.stride(), tb, 0, c.stride(), 1f, accumulate,
                        Dnnl.BF16, Dnnl.type(c))).run(HostView.pointer(x), HostView.pointer(w), HostView.pointer(result));
            }
        });
    }

    /** The longer side is cut, unless that makes every lane round much of what one would have sufficed for. */
    private boolean byRows(Tensor a, Tensor b, Sizes s) {
        long left = a.dtype() == DType.F32 ? (long) s.m * s.k : 0;
        long right = b.dtype() == DType.F32 ? (long) s.k * s.n : 0;
        long saved = ROUNDING * (left - right) * (lanes.count() - 1);
        long notable = (long) s.m * s.n * s.k / 100;
        if (saved > notable && s.m >= 128) {
            return true;
        }
        if (-saved > notable && s.n >= 128) {
            return false;
        }
        return s.m >= s.n;
    }

    private void single(Tensor c, Tensor a, boolean ta, Tensor b, boolean tb, boolean accumulate, Sizes s) {
        boolean turn = ta && s.k >= LONG_SUM && s.n >= 512 && (a.stride() % 512 == 0 || a.stride() > 2048);
        if ((long) s.m * s.n * s.k < SMALL || lanes.count() == 1) {
            part(c, a, ta, b, tb, accumulate);
            return;
        }
        boolean byRows = s.m >= s.n || turn;
        lanes.run((lane, i) -> {
            int from = cut(byRows ? s.m : s.n, i, lanes.count());
            int count = cut(byRows ? s.m : s.n, i + 1, lanes.count()) - from;
            if (count == 0) {
                return;
            }
            if (turn) {
                try (Tensor turned = lane.memory().alloc(DType.F32, count, s.k)) {
                    lane.primitives().transpose(s.k, count, a.stride()).run(HostView.pointer(a.cols(from, count)), HostView.pointer(turned));
                    part(c.rows(from, count), turned, false, b, tb, accumulate);
                }
            } else if (byRows) {
                part(c.rows(from, count), ta ? a.cols(from, count) : a.rows(from, count), ta, b, tb, accumulate);
            } else {
                part(c.cols(from, count), a, ta, tb ? b.rows(from, count) : b.cols(from, count), tb, accumulate);
            }
        });
    }

    /** Start of part i of n, at a multiple of the vector width. */
    static int cut(int n, int i, int parts) {
        return i == parts ? n : (int) ((long) n * i / parts) / 16 * 16;
    }

    private static void part(Tensor c, Tensor a, boolean ta, Tensor b, boolean tb, boolean accumulate) {
        Dnnl.check(dnnl_sgemm((byte) (ta ? 'T' : 'N'), (byte) (tb ? 'T' : 'N'), c.rows(), c.cols(), ta ? a.rows() : a.cols(), 1f, HostView.floatPointer(a),
                a.stride(), HostView.floatPointer(b), b.stride(), accumulate ? 1f : 0f, HostView.floatPointer(c), c.stride()), "a matrix product");
    }
}
