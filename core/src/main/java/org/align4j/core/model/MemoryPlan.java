package org.align4j.core.model;

import org.align4j.core.model.config.ModelConfig;

/**
 * What a training stage will hold, in bytes, estimated from shapes before anything is allocated.
 *
 * @param weights     float32 weights, gradients and both moments
 * @param reference   a frozen reference, 0 when there is none
 * @param activations what one micro-batch keeps for the backward pass
 * @param scratch     working memory of the largest block, the head and attention
 */
public record MemoryPlan(long weights, long reference, long activations, long scratch) {

    /**
     * @param referenceBytes bytes per value of a frozen reference, 0 for none
     * @param tokens         tokens of the largest micro-batch
     * @param longest        tokens of the longest sequence
     */
    public static MemoryPlan of(ModelConfig c, int referenceBytes, long tokens, long longest) {
        long parameters = new ParameterLayout(c).size();
        long d = c.hiddenSize();
        long qkv = (long) (c.heads() + 2 * c.kvHeads()) * c.headDim();
        long attended = (long) c.heads() * c.headDim();
        long feed = (long) c.intermediateSize() * (c.gated() ? 2 : 1);
        long perToken = 2 * d + qkv + attended + feed + 4;
        long head = Math.max(16L * c.vocabSize(), Math.min(1L << 23, tokens * c.vocabSize()));
        long attention = 3 * (long) c.heads() * Math.min(128, longest) * longest;
        long block = tokens * (3L * c.intermediateSize() + 4 * d + qkv);
        return new MemoryPlan(16 * parameters, referenceBytes * parameters, 4 * c.layers() * perToken * tokens, 4 * (head + attention + block + 4 * d * tokens));
    }

    public long total() {
        return weights + reference + activations + scratch;
    }

    /** For people. */
    public String describe() {
        return mib(weights) + " weights, gradients and moments, " + (reference > 0 ? mib(reference) + " reference, " : "") + mib(activations)
                + " activations, " + mib(scratch) + " working memory: " + mib(total()) + " in all";
    }

    private static String mib(long bytes) {
        return (bytes + (1 << 20) - 1 >> 20) + " MiB";
    }
}
