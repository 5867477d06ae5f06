package org.align4j.core.model;

import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;
import org.align4j.core.quant.Matrix;

/**
 * What is added to linear layers of a model whose own weights stay frozen. Only the adapter's parameters are trained, so gradients and moments
 * exist for them alone.
 */
public interface Adapter extends AutoCloseable {

    /** The adapter's parameters. */
    Parameters values();

    /** Where the backward pass adds, or null for a frozen adapter. */
    Parameters gradients();

    /** What its effect depends on besides its parameters, in words. */
    String description();

    /** A frozen copy of the parameters as they are now. The caller closes it. */
    Adapter frozenCopy();

    /**
     * The part that belongs to a linear layer, or null where this adapter leaves the layer alone.
     *
     * @param module     the layer's Hugging Face name, such as {@code model.layers.0.self_attn.q_proj}
     * @param base       its frozen matrix, which must not change while the part is in use
     * @param transposed whether that is stored [in, out]
     */
    Part part(String module, Matrix base, boolean transposed);

    @Override
    void close();

    /**
     * What an adapter adds to one linear layer y = x·Wᵀ.
     *
     * <p>{@code keys} names every row of x for dropout, so that the same row loses the same values however a batch is cut; null: no dropout.
     */
    interface Part {

        /** Adds to y. */
        void forward(Backend b, Tensor y, Tensor x, long[] keys);

        /** Adds to the gradient of x. */
        void backwardInput(Backend b, Tensor dx, Tensor dy, long[] keys);

        /** Adds the gradients of the adapter's parameters, or with {@code first} sets those of its matrices. */
        void backwardWeight(Backend b, Tensor dy, Tensor x, long[] keys, boolean first);
    }
}
