package org.align4j.core.adapter;

import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;
import org.align4j.core.model.Adapter;

/**
 * s·B·A·dropout(x) on one layer, and its gradients: with u = s·x̃·Aᵀ and v = s·dy·B, ∂B = dyᵀ·u, ∂A = vᵀ·x̃ and ∂x̃ = v·A. What is small
 * (rows × rank) is computed again rather than kept.
 */
final class LoraPart implements Adapter.Part {
    private final Tensor a;
    private final Tensor b;
    private final Tensor dA;
    private final Tensor dB;
    private final float scaling;
    private final Dropout dropout;

    /**
     * @param dA null with dB for a frozen adapter
     */
    LoraPart(Tensor a, Tensor b, Tensor dA, Tensor dB, double scaling, Dropout dropout) {
        this.a = a;
        this.b = b;
        this.dA = dA;
        this.dB = dB;
        this.scaling = (float) scaling;
        this.dropout = dropout;
    }

    @Override
    public void forward(Backend k, Tensor y, Tensor x, long[] keys) {
        try (Tensor in = input(k, x, keys); Tensor u = down(k, in)) {
            k.matmul(y, u, false, b, true, true);
        }
    }

    @Override
    public void backwardInput(Backend k, Tensor dx, Tensor dy, long[] keys) {
        try (Tensor v = downGradient(k, dy)) {
            if (!dropout.active(keys)) {
                k.matmul(dx, v, false, a, false, true);
                return;
            }
            try (Tensor t = k.alloc(dx.rows(), dx.cols())) {
                k.matmul(t, v, false, a, false, false);
                dropout.apply(k, t, keys);
                k.add(dx, t);
            }
        }
    }

    @Override
    public void backwardWeight(Backend k, Tensor dy, Tensor x, long[] keys, boolean first) {
        if (dA == null) {
            return;
        }
        try (Tensor in = input(k, x, keys); Tensor u = down(k, in); Tensor v = downGradient(k, dy)) {
            k.matmul(dB, dy, true, u, false, !first);
            k.matmul(dA, v, true, in, false, !first);
        }
    }

    /** x̃: x after dropout, or a view of x where there is none. */
    Tensor input(Backend k, Tensor x, long[] keys) {
        if (!dropout.active(keys)) {
            return x.rows(0, x.rows());
        }
        Tensor t = k.alloc(x.rows(), x.cols());
        k.copy(t, x);
        dropout.apply(k, t, keys);
        return t;
    }

    /** s·x̃·Aᵀ. */
    Tensor down(Backend k, Tensor in) {
        Tensor u = k.alloc(in.rows(), a.rows());
        k.matmul(u, in, false, a, true, false);
        k.scale(u, scaling);
        return u;
    }

    private Tensor downGradient(Backend k, Tensor dy) {
        Tensor v = k.alloc(dy.rows(), a.rows());
        k.matmul(v, dy, false, b, false, false);
        k.scale(v, scaling);
        return v;
    }

    Tensor a() {
        return a;
    }

    Tensor b() {
        return b;
    }

    float scaling() {
        return scaling;
    }

    Dropout dropout() {
        return dropout;
    }
}
