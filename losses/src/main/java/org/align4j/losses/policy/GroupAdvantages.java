package org.align4j.losses.policy;

import org.align4j.losses.internal.Checks;

/**
 * Advantages relative to the other responses to the same prompt (GRPO).
 *
 * <pre>
 *   A_i = r_i − mean(group)
 *   divided by std(group) + ε, by std(batch) + ε, or not at all
 * </pre>
 *
 * <p>Standard deviations are the unbiased ones. Shao et al., <a href="https://arxiv.org/abs/2402.03300">DeepSeekMath: Pushing the Limits of Mathematical
 * Reasoning in Open Language Models</a> (2024) divides by the group's; Liu et al., <a href="https://arxiv.org/abs/2503.20783">Understanding
 * R1-Zero-Like Training</a> (2025) does not divide, since groups that are nearly all right or all wrong would weigh most. Where all rewards of a group
 * are equal, its advantages are 0.
 *
 * @param groupSize responses per prompt, &ge; 2; they stand next to each other; 8 in TRL
 * @param scale     what is divided by
 * @param epsilon   ε &gt; 0, 1e-4 as in TRL
 */
public record GroupAdvantages(int groupSize, Scale scale, double epsilon) {

    /** What advantages are divided by. */
    public enum Scale {
        /** The standard deviation of the group's rewards. */
        GROUP,
        /** The standard deviation of all rewards of the batch. */
        BATCH,
        /** Nothing. */
        NONE
    }

    public GroupAdvantages {
        group("group advantages", groupSize);
        Checks.positive("group advantages", "epsilon", epsilon);
    }

    /** Divided by the group's standard deviation, ε = 1e-4. */
    public GroupAdvantages(int groupSize) {
        this(groupSize, Scale.GROUP, 1e-4);
    }

    /** Eight responses per prompt, as in TRL. */
    public GroupAdvantages() {
        this(8);
    }

    /**
     * One advantage per response.
     *
     * @throws IllegalArgumentException when the rewards are not whole groups or not finite
     */
    public double[] of(double[] rewards) {
        check("group advantages", groupSize, rewards);
        double[] out = new double[rewards.length];
        double whole = deviation(rewards, 0, rewards.length);
        for (int from = 0; from < rewards.length; from += groupSize) {
            double mean = mean(rewards, from, from + groupSize);
            double divisor = switch (scale) {
                case GROUP -> deviation(rewards, from, from + groupSize) + epsilon;
                case BATCH -> whole + epsilon;
                case NONE -> 1;
            };
            for (int i = from; i < from + groupSize; i++) {
                out[i] = (rewards[i] - mean) / divisor;
            }
        }
        return out;
    }

    static void group(String who, int groupSize) {
        if (groupSize < 2) {
            throw new IllegalArgumentException(who + ": a group must have at least 2 responses, found " + groupSize);
        }
    }

    static void check(String who, int groupSize, double[] rewards) {
        if (rewards.length == 0 || rewards.length % groupSize != 0) {
            throw new IllegalArgumentException(who + ": " + rewards.length + " rewards are not whole groups of " + groupSize);
        }
        Ragged.finite(who, "rewards", rewards);
    }

    static double mean(double[] a, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += a[i];
        }
        return sum / (to - from);
    }

    static double deviation(double[] a, int from, int to) {
        double mean = mean(a, from, to);
        double squares = 0;
        for (int i = from; i < to; i++) {
            squares += (a[i] - mean) * (a[i] - mean);
        }
        return Math.sqrt(squares / (to - from - 1));
    }
}
