package org.align4j.core.backend.internal.host;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import org.align4j.core.backend.AdamWStep;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.MomentType;
import org.align4j.core.backend.Tensor;

/** See {@link org.align4j.core.backend.Backend#adamW}: one pass over memory, whatever the moments are kept in. */
public final class AdamWKernel {
    /** Values at a time, a row of packed moments: what is staged stays in the first-level cache. */
    private static final int CHUNK = MomentType.VALUES;

    private final float beta1;
    private final float rest1;
    private final float beta2;
    private final float rest2;
    private final float keep;
    private final float size;
    private final float root;
    private final float epsilon;
    private final float scale;

    private AdamWKernel(AdamWStep s) {
        beta1 = (float) s.beta1();
        rest1 = (float) (1 - s.beta1());
        beta2 = (float) s.beta2();
        rest2 = (float) (1 - s.beta2());
        keep = (float) (1 - s.learningRate() * s.weightDecay());
        size = (float) (s.learningRate() / (1 - Math.pow(s.beta1(), s.step())));
        root = (float) (1 / Math.sqrt(1 - Math.pow(s.beta2(), s.step())));
        epsilon = (float) s.epsilon();
        scale = (float) s.gradientScale();
    }

    /** Updates weights and moments. */
    public static void run(Tensor weights, Tensor gradients, Tensor m, Tensor v, AdamWStep s) {
        AdamWKernel kernel = new AdamWKernel(s);
        FloatBuffer wb = HostView.floats(weights);
        FloatBuffer gb = HostView.floats(gradients);
        Moment first = Moment.of(m, false);
        Moment second = Moment.of(v, true);
        boolean packed = m.dtype() != DType.F32 || v.dtype() != DType.F32;
        int count = (int) ((weights.size() + CHUNK - 1) / CHUNK);
        Workers.parallel(count, 16, (from, to) -> {
            float[] w = Stage.array(0, CHUNK);
            float[] g = Stage.array(1, CHUNK);
            float[] mm = Stage.array(2, CHUNK);
            float[] vv = Stage.array(3, CHUNK);
            int[] random = packed ? new int[CHUNK] : null;
            for (int c = from; c < to; c++) {
                int at = c * CHUNK;
                int n = (int) Math.min(CHUNK, weights.size() - at);
                wb.get(at, w, 0, n);
                gb.get(at, g, 0, n);
                if (packed) {
                    PackedMoments.random(s.noise(), at, random);
                }
                first.read(at, mm, n);
                second.read(at, vv, n);
                kernel.update(w, g, mm, vv, n);
                wb.put(at, w, 0, n);
                first.write(at, mm, n, random);
                second.write(at, vv, n, random);
            }
        });
    }

    private void update(float[] w, float[] g, float[] m, float[] v, int n) {
        float b1 = beta1;
        float c1 = rest1;
        float b2 = beta2;
        float c2 = rest2;
        float k = keep;
        float a = size;
        float r = root;
        float e = epsilon;
        float f = scale;
        for (int i = 0; i < n; i++) {
            float gi = g[i] * f;
            float mi = b1 * m[i] + c1 * gi;
            float vi = b2 * v[i] + c2 * gi * gi;
            m[i] = mi;
            v[i] = vi;
            w[i] = w[i] * k - a * mi / ((float) Math.sqrt(vi) * r + e);
        }
    }

    /** Where a moment comes from and goes to. */
    private interface Moment {
        void read(int at, float[] values, int n);

        void write(int at, float[] values, int n, int[] random);

        static Moment of(Tensor t, boolean second) {
            return t.dtype() == DType.F32 ? new Floats(HostView.floats(t)) : new Packed(HostView.ints(t), t.cols(), second);
        }
    }

    private record Floats(FloatBuffer buffer) implements Moment {
        @Override
        public void read(int at, float[] values, int n) {
            buffer.get(at, values, 0, n);
        }

        @Override
        public void write(int at, float[] values, int n, int[] random) {
            buffer.put(at, values, 0, n);
        }
    }

    private record Packed(IntBuffer buffer, int width, boolean second) implements Moment {
        @Override
        public void read(int at, float[] values, int n) {
            int[] words = Stage.words(width);
            buffer.get(at / CHUNK * width, words, 0, width);
            PackedMoments.unpack(width, second, words, values);
        }

        @Override
        public void write(int at, float[] values, int n, int[] random) {
            int[] words = Stage.words(width);
            // A row that is not full ends in zeros.
            Arrays.fill(values, n, CHUNK, 0f);
            PackedMoments.pack(width, second, values, words, random);
            buffer.put(at / CHUNK * width, words, 0, width);
        }
    }
}
