package org.align4j.core.train;

import org.align4j.core.batch.PackedBatch;
import org.align4j.core.model.Adapter;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;

/** Log-probabilities under the reference policy. */
public interface Reference extends AutoCloseable {

    /**
     * One value per target of a packed batch.
     *
     * @param indices which examples of the data set the batch holds
     */
    double[] logProbs(int[] indices, PackedBatch batch);

    /**
     * Told after every update; a reference that follows the policy does so here.
     *
     * @param step   updates made so far
     * @param policy what is trained, after it: weights or an adapter's parameters
     */
    default void updated(long step, Parameters policy) {}

    /** The weights of a reference that changes during training, which checkpoints must hold; null for all others. */
    default Parameters changing() {
        return null;
    }

    @Override
    default void close() {}

    /** The model's base with its adapter off: the same weights, no copy. */
    static Reference adapterOff(Transformer model) {
        requireAdapter(model);
        Transformer base = model.base();
        return (indices, batch) -> base.logProbs(batch);
    }

    /** The model with its adapter as it is now: the adapter is copied, the base is shared. The copy is closed with the reference. */
    static Reference adapterCopy(Transformer model) {
        requireAdapter(model);
        Adapter copy = model.adapter().frozenCopy();
        Transformer start = model.withAdapter(copy);
        return new Reference() {
            @Override
            public double[] logProbs(int[] indices, PackedBatch batch) {
                return start.logProbs(batch);
            }

            @Override
            public void close() {
                copy.close();
            }
        };
    }

    private static void requireAdapter(Transformer model) {
        if (model.adapter() == null) {
            throw new IllegalArgumentException("This reference needs a model with an adapter");
        }
    }

    /** A frozen copy of a model, computed along with every batch. The copy is closed with it. */
    static Reference frozen(Transformer model) {
        Parameters weights = model.values();
        return new Reference() {
            @Override
            public double[] logProbs(int[] indices, PackedBatch batch) {
                return model.logProbs(batch);
            }

            @Override
            public void close() {
                weights.close();
            }
        };
    }
}
