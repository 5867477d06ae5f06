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
 */
public record TrainSettings(long totalSteps, int batchSize, int microBatchTokens, LrSchedule schedule, AdamW.Settings optimizer, int evalEvery,
        int saveEvery, int keepCheckpoints, int logEvery, long seed, long firstStep, Lisa lisa) {

    public TrainSettings(long totalSteps, int batchSize, int microBatchTokens, LrSchedule schedule, AdamW.Settings optimizer, int evalEvery, int saveEvery,
            int keepCheckpoints, int logEvery, long seed, long firstStep) {
        this(totalSteps, batchSize, microBatchTokens, schedule, optimizer, evalEvery, saveEvery, keepCheckpoints, logEvery, seed, firstStep, null);
    }

    /** These settings with LISA. */
    public TrainSettings with(Lisa value) {
        return new TrainSettings(totalSteps, batchSize, microBatchTokens, schedule, optimizer, evalEvery, saveEvery, keepCheckpoints, logEvery, seed, firstStep, value);
    }

    /** Updates for some epochs of some data, cut at {@code maxSteps}. */
    public static long steps(int groups, int batchSize, Double epochs, Integer maxSteps) {
        long perEpoch = (groups + batchSize - 1L) / batchSize;
        long n = epochs == null ? Long.MAX_VALUE : (long) Math.ceil(epochs * perEpoch - 1e-9);
        return maxSteps == null ? n : Math.min(n, maxSteps);
    }
}
