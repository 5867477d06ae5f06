package org.align4j.core.backend;

import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;

/** A dense matrix in double precision, for references. */
record Mat(int rows, int cols, double[] v) {

    static Mat zeros(int rows, int cols) {
        return new Mat(rows, cols, new double[rows * cols]);
    }

    /** Normal values that float32 holds exactly, so that uploading them loses nothing. */
    static Mat random(RandomGenerator rng, int rows, int cols) {
        return zeros(rows, cols).map(x -> (float) rng.nextGaussian());
    }

    static Mat of(int rows, int cols, float[] values) {
        Mat m = zeros(rows, cols);
        for (int i = 0; i < values.length; i++) {
            m.v[i] = values[i];
        }
        return m;
    }

    double get(int r, int c) {
        return v[r * cols + c];
    }

    void set(int r, int c, double x) {
        v[r * cols + c] = x;
    }

    void add(int r, int c, double x) {
        v[r * cols + c] += x;
    }

    Mat map(DoubleUnaryOperator f) {
        double[] out = new double[v.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = f.applyAsDouble(v[i]);
        }
        return new Mat(rows, cols, out);
    }

    Mat abs() {
        return map(Math::abs);
    }

    Mat times(double f) {
        return map(x -> x * f);
    }

    Mat plus(double f) {
        return map(x -> x + f);
    }

    Mat plus(Mat o) {
        Mat out = zeros(rows, cols);
        for (int i = 0; i < v.length; i++) {
            out.v[i] = v[i] + o.v[i];
        }
        return out;
    }

    Mat times(Mat o) {
        Mat out = zeros(rows, cols);
        for (int i = 0; i < v.length; i++) {
            out.v[i] = v[i] * o.v[i];
        }
        return out;
    }

    double dot(Mat o) {
        double s = 0;
        for (int i = 0; i < v.length; i++) {
            s += v[i] * o.v[i];
        }
        return s;
    }

    float[] floats() {
        float[] f = new float[v.length];
        for (int i = 0; i < f.length; i++) {
            f[i] = (float) v[i];
        }
        return f;
    }

    /** Each value as the nearest bfloat16, ties to even: 8 significand bits, taken by exact scaling rather than by bits. */
    Mat bf16() {
        return map(x -> {
            if (x == 0 || Double.isNaN(x) || Double.isInfinite(x)) {
                return x;
            }
            double unit = Math.scalb(1.0, Math.max(Math.getExponent(x), -126) - 7);
            return Math.rint(x / unit) * unit;
        });
    }
}
