package org.align4j.core.train;

import java.util.Arrays;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.config.ModelConfig;

/**
 * Trains few blocks at a time (LISA): embeddings, head and final norm always, and of the blocks {@code gamma} drawn at random, anew every
 * {@code period} updates. The other blocks sleep: the gradient flows through them, but none is computed for their weights, and AdamW leaves them as
 * they are. Pan et al., <a href="https://arxiv.org/abs/2403.17919">LISA: Layerwise Importance Sampling for Memory-Efficient Large Language Model
 * Fine-Tuning</a> (2024).
 *
 * <p>Which blocks are awake is a function of seed and update alone. Gradients take memory for what is awake only. Every parameter counts its own
 * updates for the bias correction of its moments.
 *
 * @param gamma       blocks awake, at least 1; 2 (or 4) in the paper
 * @param period      updates from draw to draw, at least 1; K in the paper; 20 by default, as in public implementations
 * @param keepMoments whether sleeping blocks keep their moments, which then take memory for the whole model, or begin with none when they wake
 */
public record Lisa(int gamma, int period, boolean keepMoments) {

    public Lisa {
        if (gamma < 1) {
            throw new IllegalArgumentException("LISA needs at least 1 block awake, found gamma " + gamma);
        }
        if (period < 1) {
            throw new IllegalArgumentException("LISA needs a period of at least 1 update, found " + period);
        }
    }

    /** Two blocks, 20 updates, moments dropped. */
    public Lisa() {
        this(2, 20, false);
    }

    /** Which blocks are awake in update {@code step}, counted from 0; in ascending order. */
    public int[] awake(int layers, long seed, long step) {
        if (gamma > layers) {
            throw new IllegalArgumentException("LISA cannot have " + gamma + " blocks awake, the model has " + layers);
        }
        int[] drawn = Arrays.copyOf(Streams.permutation(layers, Streams.of(seed, "lisa", step / period)), gamma);
        Arrays.sort(drawn);
        return drawn;
    }

    /** Bytes of float32 weights and gradients and of moments while training so. */
    public long bytes(ModelConfig config, AdamW.Settings optimizer) {
        ParameterLayout all = new ParameterLayout(config);
        int[] first = new int[gamma];
        Arrays.setAll(first, i -> i);
        ParameterLayout trained = trained(config, all, first);
        return 4 * all.size() + 4 * trained.size() + optimizer.bytes(keepMoments ? all : trained);
    }

    /** What trains while these blocks are awake. */
    static ParameterLayout trained(ModelConfig config, ParameterLayout all, int[] awake) {
        return all.only(name -> {
            for (int block = 0; block < config.layers(); block++) {
                if (name.startsWith(config.blockPrefix(block))) {
                    return Arrays.binarySearch(awake, block) >= 0;
                }
            }
            return true;
        });
    }
}
