package org.align4j.core.generate;

import org.align4j.core.UserException;

/**
 * What bounds the work of one pass and the memory of a call.
 *
 * @param maxBatch      most continuations in progress at once; the cache has room for so many of the longest
 * @param prefillTokens most prompt tokens computed in one pass; longer prompts take several
 */
public record BatchLimits(int maxBatch, int prefillTokens) {
    /** 64 continuations, 2048 prompt tokens. */
    public static final BatchLimits DEFAULT = new BatchLimits(64, 2048);

    public BatchLimits {
        if (maxBatch < 1 || prefillTokens < 1) {
            throw new UserException("Generation: maxBatch and prefillTokens must be at least 1, got " + maxBatch + " and " + prefillTokens);
        }
    }
}
