package org.align4j.core.backend;

import java.util.List;

/**
 * A matrix that products read many times, in the type and the order in which a backend reads it best. Made by {@link Backend#pack}; what the parts
 * hold is the backend's own affair.
 *
 * @param outputs    columns of the product's result
 * @param inputs     columns of its other operand
 * @param transposed whether it was stored inputs × outputs
 * @param parts      its memory, closed with it
 */
public record PackedMatrix(int outputs, int inputs, boolean transposed, List<Tensor> parts) implements AutoCloseable {
    /** From so many rows on, a row of a product is the same bits whatever the number of rows, on processors whose kernels add up in one order. */
    public static final int ROWS = 4;

    public PackedMatrix {
        parts = List.copyOf(parts);
    }

    @Override
    public void close() {
        parts.forEach(Tensor::close);
    }
}
