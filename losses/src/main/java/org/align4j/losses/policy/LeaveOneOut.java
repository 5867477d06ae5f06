package org.align4j.losses.policy;

import org.align4j.losses.internal.Checks;

/**
 * Advantages over the mean of the other responses to the same prompt (REINFORCE leave-one-out, RLOO).
 *
 * <pre>
 *   A_i = r_i − mean_{j ≠ i} r_j
 *   normalize: (A_i − mean(A)) / (std(A) + ε) over the batch, unbiased
 * </pre>
 *
 * <p>Ahmadian et al., <a href="https://arxiv.org/abs/2402.14740">Back to Basics: Revisiting REINFORCE Style Optimization for Learning from Human Feedback
 * in LLMs</a> (2024). The baseline does not depend on the response it judges, so the gradient stays unbiased.
 *
 * @param groupSize responses per prompt, &ge; 2; they stand next to each other; 2 in TRL
 * @param normalize whether to normalize over the batch; TRL's default is not to
 * @param epsilon   ε &gt; 0, 1e-4 as in TRL
 */
public record LeaveOneOut(int groupSize, boolean normalize, double epsilon) {
    public LeaveOneOut {
        GroupAdvantages.group("leave-one-out", groupSize);
        Checks.positive("leave-one-out", "epsilon", epsilon);
    }

    /** Not normalized. */
    public LeaveOneOut(int groupSize) {
        this(groupSize, false, 1e-4);
    }

    /** Two responses per prompt, as in TRL. */
    public LeaveOneOut() {
        this(2);
    }

    /**
     * One advantage per response.
     *
     * @throws IllegalArgumentException when the rewards are not whole groups or not finite
     */
    public double[] of(double[] rewards) {
        GroupAdvantages.check("leave-one-out", groupSize, rewards);
        double[] out = new double[rewards.length];
        for (int from = 0; from < rewards.length; from += groupSize) {
            double sum = groupSize * GroupAdvantages.mean(rewards, from, from + groupSize);
            for (int i = from; i < from + groupSize; i++) {
                out[i] = rewards[i] - (sum - rewards[i]) / (groupSize - 1);
            }
        }
        if (normalize) {
            double mean = GroupAdvantages.mean(out, 0, out.length);
            double deviation = GroupAdvantages.deviation(out, 0, out.length) + epsilon;
            for (int i = 0; i < out.length; i++) {
                out[i] = (out[i] - mean) / deviation;
            }
        }
        return out;
    }
}
