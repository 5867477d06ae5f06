package org.align4j.core.train;

/**
 * How a stage trains.
 *
 * @param totalSteps       updates in all
 * @param batchSize        groups per update
 * @param microBatchTokens most tokens computed at once
 * @param evalEvery        updates between evaluations on held-out data, 0 for before and after only
 * @param saveEvery        updates between checkpoints, 0 for none
 * @param keepCheckpoints  checkpoints kept
 * @param logEvery         updates between reports of metrics
 * @param seed             seed of the shuffle
 * @param firstStep        updates made by earlier stages: checkpoints are numbered across stages
 * @param lisa             which blocks train when; null: all always
 * @param recompute        how many of the first blocks are computed again in the backward pass ({@link org.align4j.core.model.Transformer#recompute});
 *                         less memory, more time, the same bits
 */
public record TrainSettings(long totalSteps, int batchSize, int microBatchTokens, LrSchedule schedule, AdamW.Settings optimizer, int evalEvery,
        int saveEvery, int keepCheckpoints, int logEvery, long seed, long firstStep, Lisa lisa, int recompute) {

    public TrainSettings(long totalSteps, int batchSize, int microBatchTokens, LrSchedule schedule, AdamW.Settings optimizer, int evalEvery, int saveEvery,
            int keepCheckpoints, int logEvery, long seed, long firstStep) {
        this(totalSteps, batchSize, microBatchTokens, schedule, optimizer, evalEvery, saveEvery, keepCheckpoints, logEvery, seed, firstStep, null, 0);
    }

    /** These settings with LISA. */
    public TrainSettings with(Lisa value) {
        return new TrainSettings(totalSteps, batchSize, microBatchTokens, schedule, optimizer, evalEvery, saveEvery, keepCheckpoints, logEvery, seed, firstStep, value,
                recompute);
    }

    /** These settings with some of the first blocks computed again. */
    public TrainSettings recomputing(int blocks) {
        return new TrainSettings(totalSteps, batchSize, microBatchTokens, schedule, optimizer, evalEvery, saveEvery, keepCheckpoints, logEvery, seed, firstStep, lisa, blocks);
    }

    /** These settings after so many updates of earlier stages. */
    public TrainSettings startingAt(long updates) {
        return new TrainSettings(totalSteps, batchSize, microBatchTokens, schedule, optimizer, evalEvery, saveEvery, keepCheckpoints, logEvery, seed, updates, lisa, recompute);
    }

    /** Updates for some epochs of some data, cut at {@code maxSteps}. */
    public static long steps(int groups, int batchSize, Double epochs, Integer maxSteps) {
        long perEpoch = (groups + batchSize - 1L) / batchSize;
        long n = epochs == null ? Long.MAX_VALUE : (long) Math.ceil(epochs * perEpoch - 1e-9);
        return maxSteps == null ? n : Math.min(n, maxSteps);
    }
}
