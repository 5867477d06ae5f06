package org.align4j.core.adapter;

import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;
import org.align4j.core.model.Adapter;
import org.align4j.core.quant.Matrix;

/**
 * DoRA on one layer. With g = m/‖W + s·B·A‖ per output, taken as a constant, it adds (g − 1)∘(x̃·Wᵀ) + g∘(s·x̃·Aᵀ·Bᵀ) to x·Wᵀ + bias.
 * The gradient of m is Σ over rows of dy∘(x̃·Wᵀ + s·x̃·Aᵀ·Bᵀ)/‖W + s·B·A‖; the others are those of LoRA with g∘dy for dy, and
 * ∂x̃ gains ((g − 1)∘dy)·W. Computed as PEFT does, where dropout falls on both terms.
 */
final class DoraPart implements Adapter.Part {
    private final LoraPart lora;
    private final Tensor magnitude;
    private final Tensor dMagnitude;
    private final Matrix base;
    private final boolean transposed;
    private final double[] baseSquares;

    DoraPart(Backend k, LoraPart lora, Tensor magnitude, Tensor dMagnitude, Matrix base, boolean transposed) {
        this.lora = lora;
        this.magnitude = magnitude;
        this.dMagnitude = dMagnitude;
        this.base = base;
        this.transposed = transposed;
        baseSquares = DoraNorm.squares(k, base, transposed);
    }

    @Override
    public void forward(Backend k, Tensor y, Tensor x, long[] keys) {
        float[] g = ratios(k, norms(k));
        try (Tensor in = lora.input(k, x, keys); Tensor z = k.alloc(y.rows(), y.cols())) {
            product(k, z, in);
            byColumn(k, z, g, -1f);
            k.add(y, z);
            try (Tensor u = lora.down(k, in)) {
                k.matmul(z, u, false, lora.b(), true, false);
            }
            byColumn(k, z, g, 0f);
            k.add(y, z);
        }
    }

    @Override
    public void backwardInput(Backend k, Tensor dx, Tensor dy, long[] keys) {
        float[] g = ratios(k, norms(k));
        try (Tensor d = k.alloc(dy.rows(), dy.cols()); Tensor t = k.alloc(dx.rows(), dx.cols()); Tensor w = base.open(k)) {
            k.copy(d, dy);
            byColumn(k, d, g, -1f);
            k.matmul(t, d, false, w, transposed, false);
            if (lora.dropout().active(keys)) {
                lora.dropout().apply(k, t, keys);
            }
            k.add(dx, t);
            k.copy(d, dy);
            byColumn(k, d, g, 0f);
            lora.backwardInput(k, dx, d, keys);
        }
    }

    @Override
    public void backwardWeight(Backend k, Tensor dy, Tensor x, long[] keys, boolean first) {
        if (dMagnitude == null) {
            return;
        }
        double[] norms = norms(k);
        try (Tensor d = k.alloc(dy.rows(), dy.cols())) {
            k.copy(d, dy);
            byColumn(k, d, ratios(k, norms), 0f);
            lora.backwardWeight(k, d, x, keys, first);
        }
        try (Tensor in = lora.input(k, x, keys); Tensor z = k.alloc(dy.rows(), dy.cols()); Tensor sums = k.alloc(1, dy.cols())) {
            product(k, z, in);
            try (Tensor u = lora.down(k, in)) {
                k.matmul(z, u, false, lora.b(), true, true);
            }
            try (Tensor d = k.alloc(dy.rows(), dy.cols())) {
                k.copy(d, dy);
                k.multiply(z, d);
            }
            k.fill(sums, 0f);
            k.addRowSums(sums, z);
            float[] inverse = new float[norms.length];
            for (int i = 0; i < inverse.length; i++) {
                inverse[i] = (float) (1 / norms[i]);
            }
            byColumn(k, sums, inverse, 0f);
            k.add(dMagnitude, sums);
        }
    }

    /** z ← x·Wᵀ. */
    private void product(Backend k, Tensor z, Tensor x) {
        try (Tensor w = base.open(k)) {
            k.matmul(z, x, false, w, !transposed, false);
        }
    }

    private double[] norms(Backend k) {
        return DoraNorm.of(k, baseSquares, base, transposed, lora.a(), lora.b(), lora.scaling());
    }

    /** g. Norms are rounded to float32 as m is, so that at the start g is 1 exactly. */
    private float[] ratios(Backend k, double[] norms) {
        float[] g = new float[norms.length];
        k.download(magnitude, g, 0);
        for (int i = 0; i < g.length; i++) {
            g[i] = g[i] / (float) norms[i];
        }
        return g;
    }

    /** Column i of x ← column i · (factors[i] + shift). */
    private static void byColumn(Backend k, Tensor x, float[] factors, float shift) {
        float[] f = new float[factors.length];
        for (int i = 0; i < f.length; i++) {
            f[i] = factors[i] + shift;
        }
        try (Tensor row = k.alloc(1, f.length)) {
            k.upload(row, f, 0);
            k.multiply(x, row);
        }
    }
}
