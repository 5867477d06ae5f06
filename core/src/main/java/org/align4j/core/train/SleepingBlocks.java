package org.align4j.core.train;

import java.util.Arrays;
import org.align4j.core.backend.DType;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;

/** A model of which some blocks are trained at a time: it shares the weights of another and has gradients of its own. */
final class SleepingBlocks implements AutoCloseable {
    private final Lisa lisa;
    private final Transformer whole;
    private final long seed;
    private int[] awake;
    private Transformer model;

    SleepingBlocks(Lisa lisa, Transformer whole, long seed) {
        this.lisa = lisa;
        this.whole = whole;
        this.seed = seed;
        moveTo(0);
    }

    /** The model as it is trained now; another one after every change. */
    Transformer model() {
        return model;
    }

    /** Wakes the blocks of an update; false when they are awake already. */
    boolean moveTo(long step) {
        int[] next = lisa.awake(whole.config().layers(), seed, step);
        if (Arrays.equals(next, awake)) {
            return false;
        }
        close();
        awake = next;
        Parameters gradients = new Parameters(whole.backend(), Lisa.trained(whole.config(), whole.values().layout(), awake), DType.F32);
        model = new Transformer(whole.config(), whole.values(), gradients);
        return true;
    }

    @Override
    public void close() {
        if (model != null) {
            model.gradients().close();
        }
    }
}
