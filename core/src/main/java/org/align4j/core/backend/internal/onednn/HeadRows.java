package org.align4j.core.backend.internal.onednn;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.host.HostKernels;
import org.align4j.core.backend.internal.host.HostView;
import org.align4j.core.backend.internal.onednn.Primitives.Packed;
import org.align4j.core.backend.internal.onednn.Primitives.PackedProduct;

/**
 * Softmax of h·wᵀ a few rows at a time, so that logits are used while they are in the cache. The weights are rounded and packed once for all rows.
 */
final class HeadRows {
    /** Rows of a tile: fewer make products slow, more push logits out of the cache. */
    private static final int ROWS = 64;
    private final Lanes lanes;

    HeadRows(Lanes lanes) {
        this.lanes = lanes;
    }

    private interface Tile {
        /** @param logits {@link #ROWS} rows, of which the first n mean something */
        void run(Lane lane, int from, int n, Tensor logits);
    }

    void logProbs(Tensor h, Tensor w, int[] targets, double[] out, int outFrom, double[] collision, Tensor p) {
        tiles(h, w, (lane, from, n, logits) -> {
            lane.primitives().softmax(true, ROWS, logits.cols()).run(HostView.pointer(logits), HostView.pointer(logits));
            FloatBuffer values = HostView.floats(logits);
            for (int r = 0; r < n; r++) {
                out[outFrom + from + r] = values.get(r * logits.cols() + targets[from + r]);
            }
            if (collision != null) {
                HostKernels.logCollision(logits.rows(0, n), collision, outFrom + from);
            }
            if (p != null) {
                lane.primitives().exp(logits.size()).run(HostView.pointer(logits), HostView.pointer(logits));
                lane.convert(p.rows(from, n), logits.rows(0, n));
            }
        });
    }

    void softmax(Tensor p, Tensor h, Tensor w, int[] targets, double[] out, int outFrom) {
        tiles(h, w, (lane, from, n, logits) -> {
            TargetPick pick = out == null ? null : new TargetPick(logits, Arrays.copyOfRange(targets, from, from + n));
            lane.primitives().softmax(false, ROWS, logits.cols()).run(HostView.pointer(logits), HostView.pointer(logits));
            if (pick != null) {
                pick.logProbs(out, outFrom + from);
            }
            lane.convert(p.rows(from, n), logits.rows(0, n));
        });
    }

    private void tiles(Tensor h, Tensor w, Tile work) {
        int d = h.cols();
        int words = w.rows();
        int parts = lanes.count();
        Tensor[] packed = new Tensor[parts];
        lanes.run((lane, i) -> {
            int from = Products.cut(words, i, parts);
            int n = Products.cut(words, i + 1, parts) - from;
            if (n > 0) {
                Packed part = new Packed(Dnnl.BF16, d, n);
                packed[i] = lane.memory().alloc(DType.BF16, 1, Math.toIntExact(lane.primitives().packedBytes(part) / 2));
                lane.primitives().pack(part, Dnnl.type(w), w.stride(), false).run(HostView.pointer(w.rows(from, n)), HostView.pointer(packed[i]));
            }
        });
        int tiles = (h.rows() + ROWS - 1) / ROWS;
        lanes.run((lane, i) -> {
            try (Tensor rows = lane.memory().alloc(DType.BF16, ROWS, d); Tensor logits = lane.memory().alloc(DType.F32, ROWS, words)) {
                for (int t = tiles * i / parts; t < tiles * (i + 1) / parts; t++) {
                    int n = Math.min(ROWS, h.rows() - t * ROWS);
                    if (n < ROWS) {
                        HostView.shorts(rows).put(n * d, new short[(ROWS - n) * d]);
                    }
                    lane.convert(rows.rows(0, n), h.rows(t * ROWS, n));
                    for (int part = 0; part < parts; part++) {
                        int from = Products.cut(words, part, parts);
                        int count = Products.cut(words, part + 1, parts) - from;
                        if (count > 0) {
                            lane.primitives().packedProduct(new PackedProduct(new Packed(Dnnl.BF16, d, count), ROWS, d, words, Dnnl.F32, false)).run(HostView.pointer(rows), HostView.pointer(packed[part]),
                                    HostView.pointer(logits.cols(from, count)));
                        }
                    }
                    work.run(lane, t * ROWS, n, logits);
                }
            }
        });
        for (Tensor t : packed) {
            if (t != null) {
                t.close();
            }
        }
    }}
