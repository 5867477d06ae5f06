package org.align4j.core.backend.internal.host;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.RotaryTable;
import org.align4j.core.backend.Tensor;

/**
 * Kernels that no library has in the shape we need, in plain Java over host memory. Values are staged through small heap arrays that stay in
 * the first-level cache, where the just-in-time compiler turns simple loops into vector instructions.
 */
public final class HostKernels {
    private static final int CHUNK = 2048;
    private static final int LANES = 512;
    /** Against a sum beyond this, what squares lose by underflow is nothing: at most CHUNK · 2⁻¹⁴⁹. */
    private static final double SMALL = 1e-30;

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

    private static void addSquares(float[] sums, float[] a, int from) {
        for (int i = 0; i < LANES; i++) {
            sums[i] += a[from + i] * a[from + i];
        }
    }

    private static void addUpper(float[] sums, int half) {
        for (int i = 0; i < half; i++) {
            sums[i] += sums[half + i];
        }
    }

    private static double wideSumOfSquares(float[] a) {
        double sum = 0;
        for (int i = 0; i < CHUNK; i++) {
            sum += (double) a[i] * a[i];
        }
        return sum;
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

    /**
     * Σ x² in an order that depends on the size alone. Sums of {@value #CHUNK} squares, taken by halves, are float32, and double where squares
     * leave its range; everything beyond is double.
     */
    public static double sumOfSquares(Tensor x) {
        FloatBuffer buf = HostView.floats(x);
        int count = (int) ((x.size() + CHUNK - 1) / CHUNK);
        double[] parts = new double[count];
        chunks(x.size(), (at, n) -> {
            float[] a = Stage.array(0, CHUNK);
            float[] lanes = Stage.array(1, LANES);
            buf.get(at, a, 0, n);
            java.util.Arrays.fill(a, n, CHUNK, 0f);
            java.util.Arrays.fill(lanes, 0f);
            for (int from = 0; from < CHUNK; from += LANES) {
                addSquares(lanes, a, from);
            }
            for (int half = LANES / 2; half > 0; half /= 2) {
                addUpper(lanes, half);
            }
            double sum = lanes[0];
            parts[at / CHUNK] = sum > SMALL && sum <= Float.MAX_VALUE ? sum : wideSumOfSquares(a);
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

    /** See {@link org.align4j.core.backend.Backend#add}. */
    public static void add(Tensor x, Tensor y) {
        FloatBuffer xb = HostView.floats(x);
        FloatBuffer yb = HostView.floats(y);
        Workers.parallel(x.rows(), 16, (from, to) -> {
            float[] a = Stage.array(0, x.cols());
            float[] b = Stage.array(1, x.cols());
            for (int r = from; r < to; r++) {
                xb.get(r * x.stride(), a, 0, x.cols());
                yb.get(r * y.stride(), b, 0, x.cols());
                for (int i = 0; i < x.cols(); i++) {
                    a[i] += b[i];
                }
                xb.put(r * x.stride(), a, 0, x.cols());
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

    /** See {@link org.align4j.core.backend.Backend#storeRows}. */
    public static void storeRows(Tensor table, Tensor x, int[] rows) {
        FloatBuffer to = HostView.floats(table);
        FloatBuffer from = HostView.floats(x);
        Workers.parallel(rows.length, 1 + (1 << 16) / Math.max(1, x.cols()), (lo, hi) -> {
            for (int r = lo; r < hi; r++) {
                if (rows[r] >= 0) {
                    to.put(rows[r] * table.stride(), from, r * x.stride(), x.cols());
                }
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
