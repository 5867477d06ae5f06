package org.align4j.core.train;

import org.align4j.core.backend.DType;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Soup;
import org.align4j.core.model.Transformer;

/**
 * A reference that follows the policy (TR-DPO): after every {@code every} updates
 *
 * <pre>  θ_ref ← α·θ + (1−α)·θ_ref</pre>
 *
 * <p>α = 1 is the hard update, α &lt; 1 the soft one. Gorbatovski et al., <a href="https://arxiv.org/abs/2404.09656">Learn Your Reference Model for Real
 * Good Alignment</a> (2024). The weights are float32, for bfloat16 would swallow small moves, and they are part of checkpoints.
 *
 * <p>Where an adapter is trained, the reference is the base with a copy of the adapter, and only the hard update is possible: a mean of factors is
 * not the factors of a mean. A held-out evaluation that is to see the same reference is given this same object.
 */
public final class SyncedReference implements Reference {
    /** α of TRL. */
    public static final double DEFAULT_ALPHA = 0.6;
    /** Updates between two syncs in TRL. */
    public static final long DEFAULT_EVERY = 512;

    private final Transformer model;
    private final Parameters weights;
    private final double alpha;
    private final long every;

    /**
     * @param copy  a float32 copy of the policy as it is at the start, or its base with a copy of its adapter; the copy is closed with this
     * @param alpha in (0, 1]
     * @param every updates between two syncs, at least 1
     */
    public SyncedReference(Transformer copy, double alpha, long every) {
        if (!(alpha > 0 && alpha <= 1)) {
            throw new IllegalArgumentException("A synced reference needs alpha in (0, 1], found " + alpha);
        }
        if (every < 1) {
            throw new IllegalArgumentException("A synced reference needs at least 1 update from sync to sync, found " + every);
        }
        if (copy.trained().dtype() != DType.F32) {
            throw new IllegalArgumentException("A synced reference needs float32 weights, found " + copy.trained().dtype());
        }
        if (copy.adapter() != null && alpha < 1) {
            throw new IllegalArgumentException("A reference with an adapter can be synced whole only, with alpha 1, found " + alpha);
        }
        this.model = copy;
        this.weights = copy.trained();
        this.alpha = alpha;
        this.every = every;
    }

    @Override
    public double[] logProbs(int[] indices, PackedBatch batch) {
        return model.logProbs(batch);
    }

    @Override
    public void updated(long step, Parameters policy) {
        if (step % every != 0) {
            return;
        }
        if (alpha == 1) {
            weights.copyFrom(policy);
        } else {
            Soup.blend(weights, 1 - alpha, policy, alpha);
        }
    }

    @Override
    public Parameters changing() {
        return weights;
    }

    @Override
    public void close() {
        weights.close();
    }
}
