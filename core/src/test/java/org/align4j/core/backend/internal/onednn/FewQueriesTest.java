package org.align4j.core.backend.internal.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.align4j.core.backend.AttentionLayout;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.align4j.core.backend.AttentionShape;
import org.align4j.core.backend.Precision;
import org.align4j.core.backend.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Decoding attention against the formula in double precision: prefixes, windows, grouped heads, long caches, flat and peaked scores. */
class FewQueriesTest {
    private static float[] values(Random random, int n, double scale) {
        float[] a = new float[n];
        for (int i = 0; i < n; i++) {
            a[i] = (float) (scale * random.nextGaussian());
        }
        return a;
    }

    private static double dot(float[] a, int at, float[] b, int bt, int n) {
        double s = 0;
        for (int i = 0; i < n; i++) {
            s += (double) a[at + i] * b[bt + i];
        }
        return s;
    }

    @ParameterizedTest
    @CsvSource({"4,2,8,0,1,1", "4,4,16,0,30,1", "8,1,64,7,1,1", "3,3,5,300,1,7", "6,2,10,11,0.01,3", "2,1,128,0,100,1"})
    void equalsTheFormula(int heads, int kvHeads, int d, int window, double scale, int extraColumns) {
        Random random = new Random(41);
        AttentionShape shape = new AttentionShape(heads, kvHeads, d, (float) (1 / Math.sqrt(d)));
        int rows = 2000;
        List<Segment> segments = List.of(new Segment(0, 1, 100, 700, 1200, 1), new Segment(1, 1, 3, 2, 1300, 530), new Segment(2, 3, 0, 0, 5, 9),
                new Segment(6, 1, 0, 0, 1999, 1), new Segment(7, 4, 100, 1, 900, 63));
        int queries = 11;
        int kvWidth = kvHeads * d;
        int stride = kvWidth + extraColumns - 1;
        float[] q = values(random, queries * heads * d, scale);
        float[] k = values(random, rows * stride, 1);
        float[] v = values(random, rows * stride, 1);
        float[] found = new float[q.length];
        try (OneDnnBackend b = new OneDnnBackend(Precision.FP32, false); Tensor tq = b.alloc(queries, heads * d); Tensor to = b.alloc(queries, heads * d);
                Tensor tk = b.alloc(rows, stride); Tensor tv = b.alloc(rows, stride)) {
            b.upload(tq, q, 0);
            b.upload(tk, k, 0);
            b.upload(tv, v, 0);
            b.attention(to, tq, tk.cols(0, kvWidth), tv.cols(0, kvWidth), shape, new AttentionLayout(segments, window));
            b.download(to, found, 0);
        }
        int checked = 0;
        for (Segment s : segments) {
            for (int i = 0; i < s.queryCount(); i++) {
                int position = s.firstPosition() + i;
                for (int h = 0; h < heads; h++) {
                    double[] out = new double[d];
                    double total = 0;
                    double max = Double.NEGATIVE_INFINITY;
                    int first = window == 0 ? 0 : Math.max(0, position - window + 1);
                    int at = (s.queryStart() + i) * heads * d + h * d;
                    for (int pass = 0; pass < 2; pass++) {
                        for (int j = first; j <= position; j++) {
                            int row = j < s.prefixCount() ? s.prefixStart() + j : s.ownStart() + j - s.prefixCount();
                            int kv = row * stride + h / (heads / kvHeads) * d;
                            double score = dot(q, at, k, kv, d) * shape.scale();
                            if (pass == 0) {
                                max = Math.max(max, score);
                                continue;
                            }
                            double w = Math.exp(score - max);
                            total += w;
                            for (int c = 0; c < d; c++) {
                                out[c] += w * v[kv + c];
                            }
                        }
                    }
                    for (int c = 0; c < d; c++) {
                        // Scores of size 100 have errors of some 1e-5 in float32, weights as much relatively.
                        assertEquals(out[c] / total, found[at + c], 2e-6 * Math.max(1, 30 * scale), "segment " + s + " head " + h);
                        checked++;
                    }
                }
            }
        }
        assertEquals(10 * heads * d, checked);
        assertTrue(found[5 * heads * d] == 0, "a row of no segment gets zeros");
    }
}
