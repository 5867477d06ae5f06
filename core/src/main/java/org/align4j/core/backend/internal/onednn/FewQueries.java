package org.align4j.core.backend.internal.onednn;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.backend.AttentionLayout;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.align4j.core.backend.AttentionShape;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.host.HostView;
import org.align4j.core.backend.internal.host.Workers;

/** Attention of a few queries over many keys, as in decoding: reads the cache once, in place, with an online softmax in two passes over the scores. */
final class FewQueries {
    /** Values staged at once. */
    private static final int STAGED = 4096;

    private FewQueries() {}

    static void forward(Tensor out, Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout, int few) {
        List<int[]> work = new ArrayList<>();
        for (int s = 0; s < layout.segments().size(); s++) {
            Segment segment = layout.segments().get(s);
            if (segment.queryCount() <= few) {
                for (int i = 0; i < segment.queryCount(); i++) {
                    work.add(new int[] {s, i});
                }
            }
        }
        Workers.parallel(work.size(), 1, (from, to) -> {
            for (int w = from; w < to; w++) {
                one(layout.segments().get(work.get(w)[0]), work.get(w)[1], out, q, k, v, shape, layout.window());
            }
        });
    }

    private static void one(Segment s, int i, Tensor out, Tensor q, Tensor k, Tensor v, AttentionShape shape, int window) {
        int position = s.firstPosition() + i;
        int lowest = window > 0 ? Math.max(0, position - window + 1) : 0;
        int keys = position + 1 - lowest;
        int d = shape.headDim();
        int heads = shape.heads();
        int group = shape.group();
        int width = shape.kvHeads() * d;
        float[] query = new float[heads * d];
        HostView.floats(q).get((s.queryStart() + i) * q.stride(), query);
        for (int x = 0; x < query.length; x++) {
            query[x] *= shape.scale();
        }
        float[] scores = new float[heads * keys];
        float[] sum = new float[heads * d];
        blocks(s, lowest, keys, k, (from, n, rows) -> {
            for (int h = 0; h < heads; h++) {
                dots(query, h * d, rows, h / group * d, width, n, scores, h * keys + from, d);
            }
        });
        for (int h = 0; h < heads; h++) {
            softmax(scores, h * keys, keys);
        }
        blocks(s, lowest, keys, v, (from, n, rows) -> {
            for (int h = 0; h < heads; h++) {
                mix(scores, h * keys + from, rows, h / group * d, width, n, sum, h * d, d);
            }
        });
        HostView.floats(out).put((s.queryStart() + i) * out.stride(), sum);
    }

    private interface Block {
        /** Keys from…+n, counted from the lowest seen, stand in {@code rows} one after the other. */
        void run(int from, int n, float[] rows);
    }

    /** Stages runs of neighbouring rows in heap memory small enough for the cache. */
    private static void blocks(Segment s, int lowest, int keys, Tensor t, Block work) {
        FloatBuffer buf = HostView.floats(t);
        int most = Math.max(1, Math.min(keys, STAGED / t.cols()));
        float[] rows = new float[most * t.cols()];
        for (int from = 0; from < keys; ) {
            int key = lowest + from;
            int end = key < s.prefixCount() ? Math.min(lowest + keys, s.prefixCount()) : lowest + keys;
            int n = Math.min(most, end - key);
            int row = row(s, key);
            if (t.stride() == t.cols()) {
                buf.get(row * t.stride(), rows, 0, n * t.cols());
            } else {
                for (int j = 0; j < n; j++) {
                    buf.get((row + j) * t.stride(), rows, j * t.cols(), t.cols());
                }
            }
            work.run(from, n, rows);
            from += n;
        }
    }

    private static int row(Segment s, int key) {
        return key < s.prefixCount() ? s.prefixStart() + key : s.ownStart() + key - s.prefixCount();
    }

    /** Products of one query with n keys, four at a time. */
    private static void dots(float[] q, int qt, float[] keys, int kt, int width, int n, float[] out, int ot, int d) {
        int j = 0;
        for (; j + 4 <= n; j += 4) {
            int a = kt + j * width;
            int b = a + width;
            int c = b + width;
            int e = c + width;
            float s0 = 0;
            float s1 = 0;
            float s2 = 0;
            float s3 = 0;
            for (int i = 0; i < d; i++) {
                float x = q[qt + i];
                s0 += x * keys[a + i];
                s1 += x * keys[b + i];
                s2 += x * keys[c + i];
                s3 += x * keys[e + i];
            }
            out[ot + j] = s0;
            out[ot + j + 1] = s1;
            out[ot + j + 2] = s2;
            out[ot + j + 3] = s3;
        }
        for (; j < n; j++) {
            float s0 = 0;
            for (int i = 0; i < d; i++) {
                s0 += q[qt + i] * keys[kt + j * width + i];
            }
            out[ot + j] = s0;
        }
    }

    /** Adds n weighted values to a sum, four at a time. */
    private static void mix(float[] p, int pt, float[] values, int vt, int width, int n, float[] sum, int st, int d) {
        int j = 0;
        for (; j + 4 <= n; j += 4) {
            int a = vt + j * width;
            int b = a + width;
            int c = b + width;
            int e = c + width;
            float p0 = p[pt + j];
            float p1 = p[pt + j + 1];
            float p2 = p[pt + j + 2];
            float p3 = p[pt + j + 3];
            for (int i = 0; i < d; i++) {
                sum[st + i] += p0 * values[a + i] + p1 * values[b + i] + (p2 * values[c + i] + p3 * values[e + i]);
            }
        }
        for (; j < n; j++) {
            for (int i = 0; i < d; i++) {
                sum[st + i] += p[pt + j] * values[vt + j * width + i];
            }
        }
    }

    /**
     * e^x for x ≤ 0 to about the rounding of float32: 2^n·e^r with n a whole number and |r| ≤ ln 2 / 2, e^r by its Taylor series. The
     * double-precision library function costs several times as much.
     */
    private static float exp(float x) {
        if (x < -87f) {
            return 0f;
        }
        int n = (int) (x * 1.44269504f - 0.5f);
        float r = x - n * 0.693359375f + n * 2.12194440e-4f;
        float e = 1f + r * (1f + r * (0.5f + r * (1 / 6f + r * (1 / 24f + r * (1 / 120f + r * (1 / 720f + r * (1 / 5040f)))))));
        return e * Float.intBitsToFloat(n + 127 << 23);
    }

    private static void softmax(float[] x, int at, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
            // Math.max would cost several times as much for its care of NaN, which goes on to the sum here as well.
            if (x[i] > max) {
                max = x[i];
            }
        }
        double sum = 0;
        for (int i = at; i < at + n; i++) {
            x[i] = exp(x[i] - max);
            sum += x[i];
        }
        float inverse = (float) (1 / sum);
        for (int i = at; i < at + n; i++) {
            x[i] *= inverse;
        }
    }
}
