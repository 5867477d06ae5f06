package org.align4j.core.adapter;

import org.align4j.core.model.Parameters;

/** Gradients of the factors of a matrix W′ = g∘(W + s·B·A) by the chain rule from ∂W′, in double. */
record Factors(double[] a, double[] b, double[] m) {

    /**
     * @param base   W
     * @param merged ∂W′
     */
    static Factors of(Parameters base, Parameters merged, LoraAdapter adapter, LoraModule module) {
        int in = module.inputs();
        int out = module.outputs();
        int r = adapter.config().rank();
        double s = adapter.config().scaling();
        double[][] w = rows(Adapters.get(base, module.name() + ".weight"), in, out, adapter.transposed());
        double[][] d = rows(Adapters.get(merged, module.name() + ".weight"), in, out, adapter.transposed());
        float[] a = Adapters.get(adapter.values(), module.a());
        float[] b = Adapters.get(adapter.values(), module.b());
        float[] m = adapter.config().dora() ? Adapters.get(adapter.values(), module.magnitude()) : null;
        Factors f = new Factors(new double[r * in], new double[out * r], new double[out]);
        for (int o = 0; o < out; o++) {
            double[] sum = new double[in];
            double square = 0;
            for (int i = 0; i < in; i++) {
                sum[i] = w[o][i];
                for (int j = 0; j < r; j++) {
                    sum[i] += s * b[o * r + j] * a[j * in + i];
                }
                square += sum[i] * sum[i];
            }
            double norm = Math.sqrt(square);
            double g = m == null ? 1 : m[o] / norm;
            for (int i = 0; i < in; i++) {
                f.m[o] += d[o][i] * sum[i] / norm;
                for (int j = 0; j < r; j++) {
                    f.b[o * r + j] += s * g * d[o][i] * a[j * in + i];
                    f.a[j * in + i] += s * g * d[o][i] * b[o * r + j];
                }
            }
        }
        return f;
    }

    /** [out][in], whichever way it is stored. */
    private static double[][] rows(float[] v, int in, int out, boolean transposed) {
        double[][] rows = new double[out][in];
        for (int o = 0; o < out; o++) {
            for (int i = 0; i < in; i++) {
                rows[o][i] = v[transposed ? i * out + o : o * in + i];
            }
        }
        return rows;
    }
}
