package org.align4j.core.backend.internal.host;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import org.align4j.core.backend.AdamWStep;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.RotaryTable;
import org.align4j.core.backend.Tensor;

/**
 * Kernels that no library has in the shape we need, in plain Java over host memory. Values are staged through small heap arrays that stay in
 * the first-level cache, where the just-in-time compiler turns simple loops into vector instructions.
 */
public final class HostKernels {
    private static final int CHUNK = 2048;

    private HostKernels() {}

    /** See {@link org.align4j.core.backend.Backend#upload}. */
    public static void upload(Tensor dst, float[] src, int from) {
        boolean half = dst.dtype() == DType.BF16;
        FloatBuffer floats = half ? null : HostView.floats(dst);
        ShortBuffer shorts = half ? HostView.shorts(dst) : null;
        rowsOrChunks(dst, (at, source, n) -> {
            if (!half) {
                floats.put(at, src, from + source, n);
                return;
            }
            short[] s = new short[n];
            for (int i = 0; i < n; i++) {
                s[i] = Bf16.fromFloat(src[from + source + i]);
            }
            shorts.put(at, s);
        });
    }

    /** Work on {@code n} values from {@code at} on in memory, which are those from {@code index} on in the matrix. */
    private interface Piece {
        void run(int at, int index, int n);
    }

    private static void rowsOrChunks(Tensor t, Piece body) {
        if (t.dense()) {
            chunks(t.size(), (at, n) -> body.run(at, at, n));
        } else {
            Workers.parallel(t.rows(), 16, (lo, hi) -> {
                for (int r = lo; r < hi; r++) {
                    body.run(r * t.stride(), r * t.cols(), t.cols());
                }
            });
        }
    }

    /** See {@link org.align4j.core.backend.Backend#rotate}. */
    public static void rotate(Tensor x, int headDim, int[] positions, RotaryTable table, boolean inverse) {
        FloatBuffer buf = HostView.floats(x);
        int half = headDim / 2;
        int heads = x.cols() / headDim;
        Workers.parallel(x.rows(), 16, (from, to) -> {
            float[] row = new float[x.cols()];
            float[] swapped = new float[x.cols()];
            float[] cos = new float[headDim];
            float[] sin = new float[headDim];
            for (int r = from; r < to; r++) {
                int at = r * x.stride();
                buf.get(at, row);
                float[] c = table.cos()[positions[r]];
                float[] s = table.sin()[positions[r]];
                System.arraycopy(c, 0, cos, 0, half);
                System.arraycopy(c, 0, cos, half, half);
                for (int i = 0; i < half; i++) {
                    sin[i] = inverse ? s[i] : -s[i];
                    sin[half + i] = -sin[i];
                }
                for (int h = 0; h < heads; h++) {
                    System.arraycopy(row, h * headDim + half, swapped, h * headDim, half);
                    System.arraycopy(row, h * headDim, swapped, h * headDim + half, half);
                    turn(row, swapped, h * headDim, cos, sin);
                }
                buf.put(at, row);
            }
        });
    }

    private static void turn(float[] row, float[] swapped, int at, float[] cos, float[] sin) {
        for (int i = 0; i < cos.length; i++) {
            row[at + i] = row[at + i] * cos[i] + swapped[at + i] * sin[i];
        }
    }

    /** See {@link org.align4j.core.backend.Backend#adamW}. */
    public static void adamW(Tensor weights, Tensor gradients, Tensor m, Tensor v, AdamWStep s) {
        float b1 = (float) s.beta1();
        float c1 = (float) (1 - s.beta1());
        float b2 = (float) s.beta2();
        float c2 = (float) (1 - s.beta2());
        float keep = (float) (1 - s.learningRate() * s.weightDecay());
        float size = (float) (s.learningRate() / (1 - Math.pow(s.beta1(), s.step())));
        float root = (float) (1 / Math.sqrt(1 - Math.pow(s.beta2(), s.step())));
        float eps = (float) s.epsilon();
        float scale = (float) s.gradientScale();
        FloatBuffer wb = HostView.floats(weights);
        FloatBuffer gb = HostView.floats(gradients);
        FloatBuffer mb = HostView.floats(m);
        FloatBuffer vb = HostView.floats(v);
        chunks(weights.size(), (at, n) -> {
            float[] w = Stage.array(0, n);
            float[] g = Stage.array(1, n);
            float[] mm = Stage.array(2, n);
            float[] vv = Stage.array(3, n);
            wb.get(at, w, 0, n);
            gb.get(at, g, 0, n);
            mb.get(at, mm, 0, n);
            vb.get(at, vv, 0, n);
            for (int i = 0; i < n; i++) {
                float gi = g[i] * scale;
                float mi = b1 * mm[i] + c1 * gi;
                float vi = b2 * vv[i] + c2 * gi * gi;
                mm[i] = mi;
                vv[i] = vi;
                w[i] = w[i] * keep - size * mi / ((float) Math.sqrt(vi) * root + eps);
            }
            wb.put(at, w, 0, n);
            mb.put(at, mm, 0, n);
            vb.put(at, vv, 0, n);
        });
    }

    /** Work on {@code n ≤ CHUNK} values from {@code at} on. */
    private interface Chunk {
        void run(int at, int n);
    }

    private static void chunks(long size, Chunk body) {
        int count = (int) ((size + CHUNK - 1) / CHUNK);
        Workers.parallel(count, 8, (from, to) -> {
            for (int c = from; c < to; c++) {
                int at = c * CHUNK;
                body.run(at, (int) Math.min(CHUNK, size - at));
            }
        });
    }

    /** Σ x² in double, in an order that depends on the size alone: squares of float32 values may exceed float32. */
    public static double sumOfSquares(Tensor x) {
        FloatBuffer buf = HostView.floats(x);
        int count = (int) ((x.size() + CHUNK - 1) / CHUNK);
        double[] parts = new double[count];
        chunks(x.size(), (at, n) -> {
            float[] a = Stage.array(0, n);
            buf.get(at, a, 0, n);
            double s0 = 0;
            double s1 = 0;
            double s2 = 0;
            double s3 = 0;
            int i = 0;
            for (; i + 4 <= n; i += 4) {
                s0 += (double) a[i] * a[i];
                s1 += (double) a[i + 1] * a[i + 1];
                s2 += (double) a[i + 2] * a[i + 2];
                s3 += (double) a[i + 3] * a[i + 3];
            }
            for (; i < n; i++) {
                s0 += (double) a[i] * a[i];
            }
            double sum = s0 + s1 + (s2 + s3);
            parts[at / CHUNK] = sum;
        });
        double sum = 0;
        for (double p : parts) {
            sum += p;
        }
        return sum;
    }

    /** See {@link org.align4j.core.backend.Backend#scale}. */
    public static void scaleRows(Tensor x, float[] factors) {
        FloatBuffer buf = HostView.floats(x);
        Workers.parallel(x.rows(), 16, (from, to) -> {
            for (int r = from; r < to; r++) {
                float[] a = Stage.array(0, x.cols());
                buf.get(r * x.stride(), a, 0, x.cols());
                float f = factors[r];
                for (int i = 0; i < x.cols(); i++) {
                    a[i] *= f;
                }
                buf.put(r * x.stride(), a, 0, x.cols());
            }
        });
    }

    /** See {@link org.align4j.core.backend.Backend#multiply}. */
    public static void multiply(Tensor x, Tensor y) {
        FloatBuffer xb = HostView.floats(x);
        FloatBuffer yb = HostView.floats(y);
        Workers.parallel(x.rows(), 16, (from, to) -> {
            float[] a = Stage.array(0, x.cols());
            float[] f = Stage.array(1, x.cols());
            for (int r = from; r < to; r++) {
                xb.get(r * x.stride(), a, 0, x.cols());
                if (y.rows() > 1 || r == from) {
                    yb.get(y.rows() == 1 ? 0 : r * y.stride(), f, 0, x.cols());
                }
                for (int i = 0; i < x.cols(); i++) {
                    a[i] *= f[i];
                }
                xb.put(r * x.stride(), a, 0, x.cols());
            }
        });
    }

    /** See {@link org.align4j.core.backend.Backend#gather}. */
    public static void gather(Tensor out, Tensor table, int[] ids, float scale, boolean round) {
        FloatBuffer dst = HostView.floats(out);
        int n = out.cols();
        boolean half = table.dtype() == DType.BF16;
        FloatBuffer floats = half ? null : HostView.floats(table);
        ShortBuffer shorts = half ? HostView.shorts(table) : null;
        Workers.parallel(out.rows(), 32, (from, to) -> {
            short[] s = half ? new short[n] : null;
            float[] a = new float[n];
            for (int r = from; r < to; r++) {
                int at = ids[r] * table.stride();
                if (half) {
                    shorts.get(at, s);
                    for (int i = 0; i < n; i++) {
                        a[i] = Bf16.toFloat(s[i]) * scale;
                    }
                } else {
                    floats.get(at, a);
                    if (round) {
                        for (int i = 0; i < n; i++) {
                            a[i] = Bf16.round(a[i]);
                        }
                    }
                    if (scale != 1f) {
                        for (int i = 0; i < n; i++) {
                            a[i] *= scale;
                        }
                    }
                }
                dst.put(r * out.stride(), a);
            }
        });
    }

    /** See {@link org.align4j.core.backend.Backend#scatterAdd}. Split by columns, so that repeated ids need no lock and add up in order. */
    public static void scatterAdd(Tensor table, Tensor x, int[] ids, float[] factors) {
        FloatBuffer dst = HostView.floats(table);
        FloatBuffer src = HostView.floats(x);
        Workers.parallel(x.cols(), x.rows() < 64 ? x.cols() : 32, (from, to) -> {
            int n = to - from;
            float[] sum = new float[n];
            float[] a = new float[n];
            for (int r = 0; r < x.rows(); r++) {
                int at = ids[r] * table.stride() + from;
                float f = factors == null ? 1f : factors[r];
                dst.get(at, sum);
                src.get(r * x.stride() + from, a);
                for (int i = 0; i < n; i++) {
                    sum[i] += f * a[i];
                }
                dst.put(at, sum);
            }
        });
    }

    /** See {@link org.align4j.core.backend.Backend#logCollision}. Dense rows, on the caller's thread. */
    public static void logCollision(Tensor logProbs, double[] out, int outFrom) {
        FloatBuffer buf = HostView.floats(logProbs);
        float[] row = new float[logProbs.cols()];
        for (int r = 0; r < logProbs.rows(); r++) {
            buf.get(r * row.length, row);
            double sum = 0;
            for (float lp : row) {
                sum += Math.exp(2.0 * lp);
            }
            out[outFrom + r] = Math.log(sum);
        }
    }

    /** Index of the largest of some entries of a row, spread evenly: one whose probability does not vanish. */
    public static int largestOfSome(FloatBuffer values, int at, int n) {
        int best = 0;
        int step = Math.max(1, n / 64);
        for (int i = step; i < n; i += step) {
            if (values.get(at + i) > values.get(at + best)) {
                best = i;
            }
        }
        return best;
    }
}
