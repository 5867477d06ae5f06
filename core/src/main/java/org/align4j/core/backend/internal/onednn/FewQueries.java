package org.align4j.core.backend.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_sgemm;

import java.nio.FloatBuffer;
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
 * Attention of a few queries over many keys, as in decoding. A segment's keys and values are read once, from end to end, into the cache of one core, and
 * met there by a small product for every query and head. What a segment comes to depends on nothing but itself.
 */
final class FewQueries {
    /** Values below which one lane is done sooner than several. */
    private static final long SMALL = 1 << 15;
    /** Scratch sizes are rounded up to this, so that few distinct ones occur. */
    private static final int ROUND = 256;
    private static final ThreadLocal<float[][]> ROOM = ThreadLocal.withInitial(() -> new float[1][1024]);
    private final Lanes lanes;

    FewQueries(Lanes lanes) {
        this.lanes = lanes;
    }

    /** Segments of at most {@code few} queries; the others are left alone. */
    void forward(Tensor out, Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout, int few) {
        List<Segment> segments = layout.segments().stream().filter(s -> s.queryCount() <= few).toList();
        if (segments.isEmpty()) {
            return;
        }
        long total = segments.stream().mapToLong(s -> keys(s, layout.window())).sum();
        int parts = segments.size() == 1 || total * k.cols() < SMALL ? 1 : lanes.count();
        lanes.run(parts, (lane, p) -> {
            Call call = null;
            long at = 0;
            for (Segment s : segments) {
                // A segment belongs to the lane in whose stretch of all keys it begins.
                if (at >= total * p / parts && at < total * (p + 1) / parts) {
                    call = call == null ? new Call(lane, out, q, k, v, shape, layout.window()) : call;
                    call.run(s);
                }
                at += keys(s, layout.window());
            }
        });
    }

    private static int lowest(Segment s, int window) {
        return window > 0 ? Math.max(0, s.firstPosition() - window + 1) : 0;
    }

    private static int keys(Segment s, int window) {
        return s.prefixCount() + s.ownCount() - lowest(s, window);
    }

    /** What one lane needs for one call. */
    private static final class Call {
        private final Lane lane;
        private final Tensor out;
        private final Tensor q;
        private final Tensor k;
        private final Tensor v;
        private final AttentionShape shape;
        private final int window;
        private final FloatPointer queries;
        private final FloatPointer results;

        Call(Lane lane, Tensor out, Tensor q, Tensor k, Tensor v, AttentionShape shape, int window) {
            this.lane = lane;
            this.out = out;
            this.q = q;
            this.k = k;
            this.v = v;
            this.shape = shape;
            this.window = window;
            // Pointers are moved about, so every lane has its own.
            queries = HostView.floatPointer(q.rows(0, q.rows()));
            results = HostView.floatPointer(out.rows(0, out.rows()));
        }

        void run(Segment s) {
            int n = keys(s, window);
            int heads = shape.heads();
            int width = k.cols();
            int stride = (n + ROUND - 1) / ROUND * ROUND;
            try (Tensor rows = lane.memory().alloc(DType.F32, stride, width); Tensor scores = lane.memory().alloc(DType.F32, s.queryCount() * heads, stride)) {
                // Buffers start where their pointers are when they are asked for.
                FloatBuffer staged = HostView.floats(rows);
                FloatBuffer weights = HostView.floats(scores);
                stage(staged, k, s, n);
                each(s, n, rows, scores, this::score);
                softmax(s, n, weights, stride);
                stage(staged, v, s, n);
                each(s, n, rows, scores, this::mix);
            }
        }

        /** Copies the rows that a segment's queries see, which lie in two runs. */
        private static void stage(FloatBuffer to, Tensor from, Segment s, int n) {
            int lowest = s.prefixCount() + s.ownCount() - n;
            int before = Math.max(0, s.prefixCount() - lowest);
            copy(to, 0, from, s.prefixStart() + lowest, before);
            copy(to, before, from, s.ownStart() + Math.max(0, lowest - s.prefixCount()), n - before);
        }

        private static void copy(FloatBuffer to, int at, Tensor from, int row, int n) {
            if (n == 0) {
                return;
            }
            int width = from.cols();
            FloatBuffer values = HostView.floats(from);
            if (from.stride() == width) {
                to.put(at * width, values, row * width, n * width);
                return;
            }
            for (int i = 0; i < n; i++) {
                to.put((at + i) * width, values, (row + i) * from.stride(), width);
            }
        }

        /** A product for one query and one key/value head, over staged rows first … +count. */
        private interface Product {
            void run(FloatPointer rows, int width, FloatPointer scores, int stride, int count);
        }

        private void each(Segment s, int n, Tensor rows, Tensor scores, Product work) {
            int group = shape.group();
            int dim = shape.headDim();
            FloatPointer row = HostView.floatPointer(rows);
            FloatPointer score = HostView.floatPointer(scores);
            for (int i = 0; i < s.queryCount(); i++) {
                int first = first(s, n, i);
                for (int h = 0; h < shape.kvHeads(); h++) {
                    queries.position((long) (s.queryStart() + i) * q.stride() + (long) h * group * dim);
                    results.position((long) (s.queryStart() + i) * out.stride() + (long) h * group * dim);
                    row.position((long) first * rows.stride() + (long) h * dim);
                    score.position((long) (i * shape.heads() + h * group) * scores.stride());
                    work.run(row, rows.stride(), score, scores.stride(), end(s, n, i) - first);
                }
            }
        }

        /** First staged row that query i sees. */
        private int first(Segment s, int n, int i) {
            return window > 0 ? Math.max(0, end(s, n, i) - window) : 0;
        }

        private static int end(Segment s, int n, int i) {
            return n - s.queryCount() + i + 1;
        }

        /** scores[group × count] ← scale · queries · rowsᵀ. */
        private void score(FloatPointer rows, int width, FloatPointer scores, int stride, int count) {
            Dnnl.check(dnnl_sgemm((byte) 'N', (byte) 'T', shape.group(), count, shape.headDim(), shape.scale(), queries, shape.headDim(), rows, width, 0f, scores,
                    stride), "scores");
        }

        /** results[group × dim] ← scores · rows. */
        private void mix(FloatPointer rows, int width, FloatPointer scores, int stride, int count) {
            Dnnl.check(dnnl_sgemm((byte) 'N', (byte) 'N', shape.group(), shape.headDim(), count, 1f, scores, stride, rows, width, 0f, results, shape.headDim()),
                    "a weighted sum");
        }

        private void softmax(Segment s, int n, FloatBuffer scores, int stride) {
            float[][] room = ROOM.get();
            if (room[0].length < n) {
                room[0] = new float[2 * n];
            }
            float[] x = room[0];
            for (int i = 0; i < s.queryCount(); i++) {
                int count = end(s, n, i) - first(s, n, i);
                for (int h = 0; h < shape.heads(); h++) {
                    int at = (i * shape.heads() + h) * stride;
                    scores.get(at, x, 0, count);
                    softmax(x, count);
                    scores.put(at, x, 0, count);
                }
            }
        }

        private static void softmax(float[] x, int n) {
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
            float factor = (float) (1 / sum);
            for (int i = 0; i < n; i++) {
                x[i] *= factor;
            }
        }
    }
}
