package org.align4j.core.backend.internal.host;

import java.nio.FloatBuffer;
import org.align4j.core.backend.Tensor;

/**
 * Gradient of y = x·r·w with r = (mean(x²) + eps)^-½: ∂x = r·(w∘dy − x·r²·mean(w∘dy∘x)), ∂w = Σ_rows dy∘x·r.
 *
 * <p>oneDNN's own RMS backward (3.11) subtracts the mean as layer normalisation does, hence this one.
 */
public final class RmsNormGradient {
    private static final int LANES = 16;

    private RmsNormGradient() {}

    /** Adds to dx and, unless it is null, to dw. {@code meanSquares} holds mean(x²) of every row. */
    public static void run(Tensor dx, Tensor dw, Tensor dy, Tensor x, Tensor w, float shift, float eps, Tensor meanSquares) {
        int cols = x.cols();
        float[] weight = new float[cols];
        HostView.floats(w).get(0, weight);
        for (int i = 0; i < cols; i++) {
            weight[i] += shift;
        }
        int parts = Workers.threads();
        int perPart = (x.rows() + parts - 1) / parts;
        float[][] sums = new float[parts][cols];
        Workers.parallel(parts, x.rows() < 32 ? parts : 1, (from, to) -> {
            for (int p = from; p < to; p++) {
                rows(p * perPart, Math.min(x.rows(), (p + 1) * perPart), dx, dy, x, weight, eps, meanSquares, sums[p]);
            }
        });
        if (dw != null) {
            FloatBuffer out = HostView.floats(dw);
            for (int i = 0; i < cols; i++) {
                float s = out.get(i);
                for (float[] part : sums) {
                    s += part[i];
                }
                out.put(i, s);
            }
        }
    }

    private static void rows(int from, int to, Tensor dx, Tensor dy, Tensor x, float[] weight, float eps, Tensor meanSquares, float[] sum) {
        int cols = weight.length;
        float[] a = new float[cols];
        float[] g = new float[cols];
        float[] d = new float[cols];
        FloatBuffer xb = HostView.floats(x);
        FloatBuffer gb = HostView.floats(dy);
        FloatBuffer db = HostView.floats(dx);
        FloatBuffer mb = HostView.floats(meanSquares);
        for (int row = from; row < to; row++) {
            xb.get(row * cols, a);
            gb.get(row * cols, g);
            db.get(row * cols, d);
            float r = (float) (1 / Math.sqrt((double) mb.get(row) + eps));
            for (int i = 0; i < cols; i++) {
                sum[i] += g[i] * a[i] * r;
                g[i] *= weight[i];
            }
            float c = (float) (dot(g, a, cols) / cols) * r * r * r;
            for (int i = 0; i < cols; i++) {
                d[i] += g[i] * r - a[i] * c;
            }
            db.put(row * cols, d);
        }
    }

    private static double dot(float[] a, float[] b, int n) {
        float[] lanes = new float[LANES];
        int i = 0;
        for (; i + LANES <= n; i += LANES) {
            for (int j = 0; j < LANES; j++) {
                lanes[j] += a[i + j] * b[i + j];
            }
        }
        double s = 0;
        for (; i < n; i++) {
            s += (double) a[i] * b[i];
        }
        for (float l : lanes) {
            s += l;
        }
        return s;
    }
}
