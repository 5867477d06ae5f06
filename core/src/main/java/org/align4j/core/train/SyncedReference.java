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
 * <p>The policy must be held whole in its own parameters: what adapters add to it is not followed. A held-out evaluation that is to see the same
 * reference is given this same object.
 */
public final class SyncedReference implements Reference {
    /** α of TRL. */
    public static final double DEFAULT_ALPHA = 0.6;
    /** Updates between two syncs in TRL. */
    public static final long DEFAULT_EVERY = 512;

    private final Transformer model;
    private final double alpha;
    private final long every;

    /**
     * @param copy  a float32 copy of the policy as it is at the start; closed with this
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
        if (copy.values().dtype() != DType.F32) {
            throw new IllegalArgumentException("A synced reference needs float32 weights, found " + copy.values().dtype());
        }
        this.model = copy;
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
            model.values().copyFrom(policy);
        } else {
            Soup.blend(model.values(), 1 - alpha, policy, alpha);
        }
    }

    @Override
    public Parameters changing() {
        return model.values();
    }

    @Override
    public void close() {
        model.values().close();
    }
}
