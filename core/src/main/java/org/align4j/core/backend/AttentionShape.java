package org.align4j.core.backend;

/**
 * Heads of an attention layer: {@code heads} query heads share {@code kvHeads} key/value heads in groups of heads/kvHeads neighbours.
 *
 * @param scale factor on q·k before the softmax, usually headDim^-½
 */
public record AttentionShape(int heads, int kvHeads, int headDim, float scale) {
    public AttentionShape {
        if (heads < 1 || kvHeads < 1 || heads % kvHeads != 0 || headDim < 1) {
            throw new IllegalArgumentException("heads must be a positive multiple of kvHeads, got " + heads + " and " + kvHeads);
        }
    }

    /** Query heads per key/value head. */
    public int group() {
        return heads / kvHeads;
    }
}
