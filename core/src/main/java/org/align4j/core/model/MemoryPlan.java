package org.align4j.core.model;

import org.align4j.core.backend.Hardware;
import org.align4j.core.model.config.ModelConfig;

/**
 * What a training stage will hold, in bytes, estimated from shapes before anything is allocated.
 *
 * @param weights     weights, gradients and both moments; float32 moments unless {@link #withWeights} says otherwise
 * @param reference   a frozen reference, 0 when there is none
 * @param activations what one micro-batch keeps for the backward pass
 * @param scratch     working memory of the largest block, the head and attention
 */
public record MemoryPlan(long weights, long reference, long activations, long scratch) {

    /**
     * A model all of whose weights are trained.
     *
     * @param referenceBytes bytes per value of a frozen reference, 0 for none
     * @param tokens         tokens of the largest micro-batch
     * @param longest        tokens of the longest sequence
     */
    public static MemoryPlan of(ModelConfig c, int referenceBytes, long tokens, long longest) {
        long parameters = new ParameterLayout(c).size();
        return new MemoryPlan(16 * parameters, referenceBytes * parameters, activations(c, tokens, 0), scratch(c, tokens, longest));
    }

    /**
     * An adapter on a frozen base, which is its own reference.
     *
     * @param baseBytes         bytes of the base as it is kept, such as {@link Parameters#bytes()}
     * @param adapterParameters values the adapter has: for each float32 value, gradient and both moments
     * @param copied            whether a frozen copy of the adapter is the reference
     */
    public static MemoryPlan ofAdapter(ModelConfig c, long baseBytes, long adapterParameters, boolean copied, long tokens, long longest) {
        // Matrices that are not float32 are expanded one at a time.
        long expanded = 4L * c.hiddenSize() * Math.max(c.intermediateSize(), (c.heads() + 2 * c.kvHeads()) * c.headDim());
        return new MemoryPlan(baseBytes + 16 * adapterParameters, copied ? 4 * adapterParameters : 0, activations(c, tokens, 0), scratch(c, tokens, longest) + expanded);
    }

    private static long qkv(ModelConfig c) {
        return (long) (c.heads() + 2 * c.kvHeads()) * c.headDim();
    }

    /** The last block is always kept, and while a block is computed again there is one that was kept less. */
    private static long activations(ModelConfig c, long tokens, int again) {
        long attended = (long) c.heads() * c.headDim();
        long feed = (long) c.intermediateSize() * (c.gated() ? 2 : 1);
        int inputs = Math.min(again, c.layers() - 1);
        return 4 * (c.layers() - inputs) * (2L * c.hiddenSize() + qkv(c) + attended + feed + 4) * tokens + 4L * inputs * c.hiddenSize() * tokens;
    }

    private static long scratch(ModelConfig c, long tokens, long longest) {
        long d = c.hiddenSize();
        long head = Math.max(16L * c.vocabSize(), Math.min(Head.CHUNK_BYTES / 4, tokens * c.vocabSize()));
        long attention = 3 * (long) c.heads() * Math.min(128, longest) * longest;
        // Every thread packs the keys and values it attends to, in rows rounded up, and as many again on the way back.
        attention += 4 * (long) c.kvHeads() * c.headDim() * ((longest + 286) / 256 * 256) * Hardware.workerThreads();
        // The gated unit works in five pieces of the cache's size in every thread.
        long pieces = (c.gated() ? 5L << 15 : 0) * Hardware.workerThreads();
        long block = tokens * ((c.gated() ? 4L : 3L) * c.intermediateSize() + 4 * d + qkv(c));
        // Head and blocks take turns; what threads have of their own stays.
        return 4 * (Math.max(head, block) + attention + pieces + 4 * d * tokens);
    }

    /** The same plan where the first {@code blocks} blocks are computed again ({@link Transformer#recompute}). */
    public MemoryPlan recomputing(ModelConfig c, int blocks, long tokens) {
        return new MemoryPlan(weights, reference, activations(c, tokens, blocks), scratch);
    }

    /**
     * The same plan where products take bfloat16 ({@link org.align4j.core.backend.Backend#operandType}): the head's weights are rounded and packed, and
     * every core has a tile of logits. What is kept for the backward pass is less than planned then.
     */
    public MemoryPlan halfProducts(ModelConfig c) {
        long head = 4L * c.vocabSize() * c.hiddenSize() + 256L * c.vocabSize() * Hardware.workerThreads();
        return new MemoryPlan(weights, reference, activations, scratch + head);
    }

    /** The same plan where fewer weights have gradients or moments. */
    public MemoryPlan withWeights(long bytes) {
        return new MemoryPlan(bytes, reference, activations, scratch);
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
