package org.align4j.core.backend.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_sgemm;

import java.nio.FloatBuffer;
import java.util.Arrays;
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
        int most = segments.stream().mapToInt(s -> keys(s, layout.window())).max().getAsInt();
        int queries = segments.stream().mapToInt(Segment::queryCount).max().getAsInt();
        lanes.run(parts, (lane, p) -> {
            try (Tensor rows = lane.memory().alloc(DType.F32, rounded(most), k.cols()); Tensor scores = lane.memory().alloc(DType.F32, queries * shape.heads(), rounded(most))) {
                Call call = new Call(rows, scores, out, q, k, v, shape, layout.window());
                long at = 0;
                for (Segment s : segments) {
                    // A segment belongs to the lane in whose stretch of all keys it begins.
                    if (at >= total * p / parts && at < total * (p + 1) / parts) {
                        call.run(s);
                    }
                    at += keys(s, layout.window());
                }
            }
        });
    }

    private static int rounded(int n) {
        return (n + ROUND - 1) / ROUND * ROUND;
    }

    private static int lowest(Segment s, int window) {
        return window > 0 ? Math.max(0, s.firstPosition() - window + 1) : 0;
    }

    private static int keys(Segment s, int window) {
        return s.prefixCount() + s.ownCount() - lowest(s, window);
    }

    /** What one lane needs for one call. */
    private static final class Call {
        private final Tensor out;
        private final Tensor q;
        private final Tensor k;
        private final Tensor v;
        private final AttentionShape shape;
        private final int window;
        private final FloatPointer queries;
        private final FloatPointer results;
        private final FloatPointer rows;
        private final FloatPointer scores;
        private final FloatBuffer staged;
        private final FloatBuffer weights;

        /** @param room and {@code scratch}: for the rows and the scores of any segment */
        Call(Tensor room, Tensor scratch, Tensor out, Tensor q, Tensor k, Tensor v, AttentionShape shape, int window) {
            this.out = out;
            this.q = q;
            this.k = k;
            this.v = v;
            this.shape = shape;
            this.window = window;
            // Pointers are moved about, so every lane has its own.
            queries = HostView.floatPointer(q.rows(0, q.rows()));
            results = HostView.floatPointer(out.rows(0, out.rows()));
            // Buffers start where their pointers are when they are asked for.
            staged = HostView.floats(room);
            weights = HostView.floats(scratch);
            rows = HostView.floatPointer(room);
            scores = HostView.floatPointer(scratch);
        }

        void run(Segment s) {
            int n = keys(s, window);
            stage(k, s, n);
            each(s, n, this::score);
            softmax(s, n);
            stage(v, s, n);
            each(s, n, this::mix);
        }

        /** Copies the rows that a segment's queries see, which lie in two runs. */
        private void stage(Tensor from, Segment s, int n) {
            int lowest = s.prefixCount() + s.ownCount() - n;
            int before = Math.max(0, s.prefixCount() - lowest);
            copy(0, from, s.prefixStart() + lowest, before);
            copy(before, from, s.ownStart() + Math.max(0, lowest - s.prefixCount()), n - before);
        }

        private void copy(int at, Tensor from, int row, int n) {
            if (n == 0) {
                return;
            }
            int width = from.cols();
            FloatBuffer values = HostView.floats(from);
            if (from.stride() == width) {
                staged.put(at * width, values, row * width, n * width);
                return;
            }
            for (int i = 0; i < n; i++) {
                staged.put((at + i) * width, values, (row + i) * from.stride(), width);
            }
        }

        /** A product for one query and one key/value head, over so many rows; all pointers are where it begins. */
        private interface Product {
            void run(int stride, int count);
        }

        private void each(Segment s, int n, Product work) {
            int group = shape.group();
            int dim = shape.headDim();
            for (int i = 0; i < s.queryCount(); i++) {
                int first = first(s, n, i);
                for (int h = 0; h < shape.kvHeads(); h++) {
                    queries.position((long) (s.queryStart() + i) * q.stride() + (long) h * group * dim);
                    results.position((long) (s.queryStart() + i) * out.stride() + (long) h * group * dim);
                    rows.position((long) first * k.cols() + (long) h * dim);
                    scores.position((long) (i * shape.heads() + h * group) * n);
                    work.run(n, end(s, n, i) - first);
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
        private void score(int stride, int count) {
            Dnnl.check(dnnl_sgemm((byte) 'N', (byte) 'T', shape.group(), count, shape.headDim(), shape.scale(), queries, shape.headDim(), rows, k.cols(), 0f, scores,
                    stride), "scores");
        }

        /** results[group × dim] ← scores · rows. */
        private void mix(int stride, int count) {
            Dnnl.check(dnnl_sgemm((byte) 'N', (byte) 'N', shape.group(), shape.headDim(), count, 1f, scores, stride, rows, k.cols(), 0f, results, shape.headDim()),
                    "a weighted sum");
        }

        /** All rows of scores together: a vector loop is worth starting for many values only. */
        private void softmax(Segment s, int n) {
            int heads = shape.heads();
            int size = s.queryCount() * heads * n;
            float[][] room = ROOM.get();
            if (room[0].length < size) {
                room[0] = new float[2 * size];
            }
            float[] x = room[0];
            weights.get(0, x, 0, size);
            for (int r = 0; r < s.queryCount() * heads; r++) {
                shift(x, r * n, seen(s, n, r / heads), n);
            }
            Exponentials.run(x, 0, size, 0f, 1f, x, 0);
            for (int r = 0; r < s.queryCount() * heads; r++) {
                scale(x, r * n, seen(s, n, r / heads));
            }
            weights.put(0, x, 0, size);
        }

        private int seen(Segment s, int n, int i) {
            return end(s, n, i) - first(s, n, i);
        }

        /** Takes the largest of count scores from each; what follows up to n was not computed, and becomes zero. */
        private static void shift(float[] x, int at, int count, int n) {
            float max = Float.NEGATIVE_INFINITY;
            for (int i = at; i < at + count; i++) {
                // Math.max would cost several times as much for its care of NaN, which goes on to the sum here as well.
                if (x[i] > max) {
                    max = x[i];
                }
            }
            for (int i = at; i < at + count; i++) {
                x[i] -= max;
            }
            Arrays.fill(x, at + count, at + n, 0f);
        }

        private static void scale(float[] x, int at, int count) {
            double a = 0;
            double b = 0;
            int i = at;
            for (; i + 2 <= at + count; i += 2) {
                a += x[i];
                b += x[i + 1];
            }
            float factor = (float) (1 / (i < at + count ? a + b + x[i] : a + b));
            for (i = at; i < at + count; i++) {
                x[i] *= factor;
            }
        }
    }
}
