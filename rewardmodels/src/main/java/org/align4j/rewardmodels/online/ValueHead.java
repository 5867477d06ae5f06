package org.align4j.rewardmodels.online;

import java.io.IOException;
import java.nio.file.Path;

/** Makes values of hidden states, one of each, and learns. It has an optimiser of its own. */
public interface ValueHead extends AutoCloseable {

    /** V of every row of hidden states, {@code rows} × hidden size. */
    double[] values(float[] hidden, int rows);

    /**
     * Adds the gradients of its parameters.
     *
     * @param gradient ∂loss/∂V of every row
     * @return ∂loss/∂hidden
     */
    float[] backward(float[] hidden, int rows, double[] gradient);

    /** Makes gradients ready for a new sum. */
    void clear();

    /**
     * Updates its parameters.
     *
     * @return ‖gradient‖₂ before clipping
     * @throws ArithmeticException when that is not finite
     */
    double step(double learningRate);

    /** Writes parameters and all its optimiser knows into an existing directory. */
    void write(Path directory) throws IOException;

    /** Takes up what {@link #write} wrote. */
    void read(Path directory);

    @Override
    default void close() {}
}
