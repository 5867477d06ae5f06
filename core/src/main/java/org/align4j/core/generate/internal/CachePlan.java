package org.align4j.core.generate.internal;

import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.generate.Request;
import org.align4j.core.model.config.ModelConfig;

/**
 * Rows of a cache: first one run for each continuation that may be in progress, all of one length, then the prompts.
 *
 * @param slots      continuations at once
 * @param slotRows   rows of a continuation; its last token is never fed back and needs none
 * @param promptRows room for the longest prompts that many continuations can have
 */
public record CachePlan(int slots, int slotRows, int promptRows) {

    public static CachePlan of(List<Request> requests, int maxNewTokens, int maxBatch) {
        long samples = requests.stream().mapToLong(Request::samples).sum();
        int slots = (int) Math.min(samples, maxBatch);
        long prompts = requests.stream().mapToLong(r -> r.prompt().length).map(n -> -n).sorted().limit(slots).sum() * -1;
        long rows = prompts + (long) slots * (maxNewTokens - 1);
        if (rows > Integer.MAX_VALUE - 64) {
            throw new UserException("Generation with " + slots + " continuations of up to " + maxNewTokens + " tokens at once needs a cache of "
                    + rows + " rows, more than can be addressed; lower maxBatch or maxNewTokens.");
        }
        return new CachePlan(slots, maxNewTokens - 1, (int) prompts);
    }

    public int rows() {
        return slots * slotRows + promptRows;
    }

    public int firstPromptRow() {
        return slots * slotRows;
    }

    /** Keys and values of all layers in float32. */
    public long bytes(ModelConfig config) {
        return 2L * config.layers() * rows() * config.kvHeads() * config.headDim() * Float.BYTES;
    }
}
