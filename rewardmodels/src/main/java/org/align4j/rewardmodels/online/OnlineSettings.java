package org.align4j.rewardmodels.online;

import org.align4j.core.train.AdamW;
import org.align4j.core.train.LrSchedule;

/**
 * How a policy learns from its rollouts.
 *
 * @param iterations       rounds of sampling and learning, &ge; 1
 * @param epochs           times that an iteration's rollouts are gone through; 4 in TRL's PPO, 1 in its GRPO
 * @param miniBatches      updates of an epoch, each on its own part of the rollouts: prompts with all their responses; at most as many as prompts
 * @param microBatchTokens most tokens computed at once; changes rounding alone
 * @param schedule         learning rate over planned updates, iterations·epochs·miniBatches
 * @param optimizer        AdamW with the largest gradient norm; {@link #ADAM} is usual
 * @param targetKl         an iteration ends before an update for which ½·mean((log π − log π_old)²) over its tokens is above this; 0: never
 * @param evalEvery        iterations between evaluations on held-out prompts, 0 for before and after only
 * @param saveEvery        updates between checkpoints, 0 for none
 * @param keepCheckpoints  checkpoints kept
 * @param logEvery         iterations between reports of metrics
 * @param seed             of the order of prompts, of sampling and of mini-batches
 * @param firstStep        updates made by earlier stages: checkpoints are numbered across stages
 */
public record OnlineSettings(int iterations, int epochs, int miniBatches, int microBatchTokens, LrSchedule schedule, AdamW.Settings optimizer, double targetKl,
        int evalEvery, int saveEvery, int keepCheckpoints, int logEvery, long seed, long firstStep) {
    /** Adam as PPO is run with: ε = 1e-5 in place of 1e-8, no decay, gradients clipped at 1. */
    public static final AdamW.Settings ADAM = new AdamW.Settings(0.9, 0.999, 1e-5, 0, false, 1);

    public OnlineSettings {
        require(iterations >= 1, "iterations ≥ 1", iterations);
        require(epochs >= 1, "epochs ≥ 1", epochs);
        require(miniBatches >= 1, "miniBatches ≥ 1", miniBatches);
        require(microBatchTokens >= 1, "microBatchTokens ≥ 1", microBatchTokens);
        require(targetKl >= 0, "targetKl ≥ 0 (0: never stop early)", targetKl);
        require(evalEvery >= 0, "evalEvery ≥ 0", evalEvery);
        require(saveEvery >= 0, "saveEvery ≥ 0", saveEvery);
        require(keepCheckpoints >= 1, "keepCheckpoints ≥ 1", keepCheckpoints);
        require(logEvery >= 1, "logEvery ≥ 1", logEvery);
    }

    private static void require(boolean held, String what, Number found) {
        if (!held) {
            throw new IllegalArgumentException("online training: required is " + what + ", found " + found);
        }
    }

    /** Planned updates of an iteration. */
    public int updatesPerIteration() {
        return Math.multiplyExact(epochs, miniBatches);
    }

    /** Planned updates in all. */
    public long totalSteps() {
        return (long) iterations * updatesPerIteration();
    }
}
