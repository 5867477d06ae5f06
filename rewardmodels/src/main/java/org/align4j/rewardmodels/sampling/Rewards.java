package org.align4j.rewardmodels.sampling;

import java.util.stream.IntStream;

/** What all constructions ask of rewards. */
final class Rewards {
    private Rewards() {}

    /** Requires at least one reward, all finite. */
    static void require(double[] rewards) {
        if (rewards.length == 0) {
            throw new IllegalArgumentException("At least one answer with a reward is needed, found none");
        }
        for (int i = 0; i < rewards.length; i++) {
            if (!Double.isFinite(rewards[i])) {
                throw new IllegalArgumentException("Rewards must be finite, found " + rewards[i] + " for answer " + i);
            }
        }
    }

    /** Answers from the best to the worst, the lower index first among equals. */
    static int[] order(double[] rewards) {
        require(rewards);
        return IntStream.range(0, rewards.length).boxed().sorted((a, b) -> Double.compare(rewards[b], rewards[a])).mapToInt(i -> i).toArray();
    }
}
