package org.align4j.core.backend.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_sgemm;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.backend.AttentionLayout;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.align4j.core.backend.AttentionShape;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.host.Exponentials;
import org.align4j.core.backend.internal.host.HostView;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Attention of a few queries over many keys, as in decoding: keys and values are read in place. For every query and key/value head there are two small
 * products for each run of keys, whose sizes follow from the query's own keys, so that the result does not depend on the other queries.
 */
final class FewQueries {
    /** Multiply-adds below which one lane is done sooner than several. */
    private static final long SMALL = 1 << 18;
    private static final ThreadLocal<float[][]> ROOM = ThreadLocal.withInitial(() -> new float[1][256]);
    private final Lanes lanes;

    FewQueries(Lanes lanes) {
        this.lanes = lanes;
    }

    /** Tensors of one call. */
    private record Call(Tensor out, Tensor q, Tensor k, Tensor v, AttentionShape shape, int window) {}

    /** A query: row i of a segment. */
    private record Query(Segment segment, int i) {
        int end() {
            return segment.firstPosition() + i + 1;
        }

        int lowest(int window) {
            return window > 0 ? Math.max(0, end() - window) : 0;
        }
    }

    /** Segments of at most {@code few} queries; the others are left alone. */
    void forward(Tensor out, Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout, int few) {
        List<Query> queries = new ArrayList<>();
        long keys = 0;
        for (Segment s : layout.segments()) {
            for (int i = 0; s.queryCount() <= few && i < s.queryCount(); i++) {
                Query query = new Query(s, i);
                queries.add(query);
                keys += query.end() - query.lowest(layout.window());
            }
        }
        if (queries.isEmpty()) {
            return;
        }
        Call call = new Call(out, q, k, v, shape, layout.window());
        long total = keys * shape.kvHeads();
        int parts = total * shape.group() * shape.headDim() * 2 < SMALL ? 1 : lanes.count();
        lanes.run(parts, (lane, p) -> share(lane, call, queries, total * p / parts, total * (p + 1) / parts));
    }

    /** The units (a query and a key/value head each) that begin within a stretch of all units' keys laid end to end. */
    private static void share(Lane lane, Call call, List<Query> queries, long from, long to) {
        long at = 0;
        Unit unit = null;
        for (Query query : queries) {
            int keys = query.end() - query.lowest(call.window);
            if (at + (long) keys * call.shape.kvHeads() > from && at < to) {
                for (int head = 0; head < call.shape.kvHeads(); head++) {
                    long start = at + (long) head * keys;
                    if (start >= from && start < to) {
                        unit = unit == null ? new Unit(lane, call) : unit;
                        unit.run(query, head);
                    }
                }
            }
            at += (long) keys * call.shape.kvHeads();
        }
    }

    /** Pointers and buffers of one lane for one call. */
    private static final class Unit {
        private final Lane lane;
        private final Call call;
        private final int group;
        private final int dim;
        private final FloatPointer queries;
        private final FloatPointer keys;
        private final FloatPointer values;
        private final FloatPointer results;

        Unit(Lane lane, Call call) {
            this.lane = lane;
            this.call = call;
            group = call.shape.group();
            dim = call.shape.headDim();
            // Pointers are moved about, so every lane has its own.
            queries = pointer(call.q);
            keys = pointer(call.k);
            values = pointer(call.v);
            results = pointer(call.out);
        }

        private static FloatPointer pointer(Tensor t) {
            return HostView.floatPointer(t.rows(0, t.rows()));
        }

        void run(Query query, int head) {
            int lowest = query.lowest(call.window);
            int count = query.end() - lowest;
            Segment s = query.segment;
            int row = s.queryStart() + query.i;
            int before = Math.max(0, Math.min(s.prefixCount(), query.end()) - lowest);
            int own = s.ownStart() + Math.max(0, lowest - s.prefixCount());
            try (Tensor scores = lane.memory().alloc(DType.F32, group, (count + 255) / 256 * 256)) {
                // The buffer starts where the pointer is when it is asked for.
                FloatBuffer all = HostView.floats(scores);
                FloatPointer score = HostView.floatPointer(scores);
                queries.position((long) row * call.q.stride() + (long) head * group * dim);
                results.position((long) row * call.out.stride() + (long) head * group * dim);
                score(score, scores.stride(), head, s.prefixStart() + lowest, before);
                score(score.position(before), scores.stride(), head, own, count - before);
                softmax(all, scores.stride(), count);
                mix(score.position(0), scores.stride(), head, s.prefixStart() + lowest, before, 0f);
                mix(score.position(before), scores.stride(), head, own, count - before, before > 0 ? 1f : 0f);
            }
        }

        /** scores[group × n] ← scale · queries · keysᵀ of a run of rows. */
        private void score(FloatPointer scores, int stride, int head, int row, int n) {
            if (n > 0) {
                keys.position((long) row * call.k.stride() + (long) head * dim);
                Dnnl.check(dnnl_sgemm((byte) 'N', (byte) 'T', group, n, dim, call.shape.scale(), queries, dim, keys, call.k.stride(), 0f, scores, stride), "scores");
            }
        }

        /** results[group × dim] ← weights · values of a run of rows (+ results). */
        private void mix(FloatPointer weights, int stride, int head, int row, int n, float sum) {
            if (n > 0) {
                values.position((long) row * call.v.stride() + (long) head * dim);
                Dnnl.check(dnnl_sgemm((byte) 'N', (byte) 'N', group, dim, n, 1f, weights, stride, values, call.v.stride(), sum, results, dim), "a weighted sum");
            }
        }

        private void softmax(FloatBuffer scores, int stride, int n) {
            float[][] room = ROOM.get();
            if (room[0].length < n) {
                room[0] = new float[2 * n];
            }
            float[] x = room[0];
            for (int h = 0; h < group; h++) {
                scores.get(h * stride, x, 0, n);
                float max = Float.NEGATIVE_INFINITY;
                for (int i = 0; i < n; i++) {
                    // Math.max would cost several times as much for its care of NaN, which goes on to the sum here as well.
                    if (x[i] > max) {
                        max = x[i];
                    }
                }
                Exponentials.run(x, 0, n, max, 1f, x, 0);
                double sum = 0;
                for (int i = 0; i < n; i++) {
                    sum += x[i];
                }
                scale(x, n, (float) (1 / sum));
                scores.put(h * stride, x, 0, n);
            }
        }

        private static void scale(float[] x, int n, float factor) {
            for (int i = 0; i < n; i++) {
                x[i] *= factor;
            }
        }
    }
}
