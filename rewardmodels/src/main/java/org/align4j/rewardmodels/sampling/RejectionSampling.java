package org.align4j.rewardmodels.sampling;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.align4j.core.train.Streams;

/**
 * Statistical rejection sampling: out of N answers sampled from π with rewards r_i, accepts n as if they came from the policy that is best for the
 * reward under a KL penalty, π*(y) ∝ π(y)·exp(r(y)/β). In sweeps over what is left, answer i is accepted with probability
 *
 * <pre>  exp((r_i − r_max)/β),   r_max the largest reward among those left when the sweep begins</pre>
 *
 * <p>until n are accepted or none is left. Every sweep accepts its best answer, so it always ends. Answers are known by their index: equal texts are
 * different answers. A sweep looks at the answers in a random order, so that where it stops in the middle the order in which they were sampled does
 * not matter.
 *
 * <p>β = 0 takes the n best (of equal rewards, any); β = ∞ takes any n with equal probability. Liu et al.,
 * <a href="https://arxiv.org/abs/2309.06657">Statistical Rejection Sampling Improves Preference Optimization</a> (2023), algorithm 1, which visits
 * the answers in their order and takes equal texts for one answer.
 *
 * @param accept how many to accept, n ≥ 1 (8 in the paper, of N = 64)
 * @param beta   β ≥ 0 in units of the reward; {@link Double#POSITIVE_INFINITY} is allowed (0.5 in the paper)
 */
public record RejectionSampling(int accept, double beta) {
    public RejectionSampling {
        if (accept < 1) {
            throw new IllegalArgumentException("Rejection sampling must accept at least 1 answer, found " + accept);
        }
        if (!(beta >= 0)) {
            throw new IllegalArgumentException("The β of rejection sampling must be 0 or more, found " + beta);
        }
    }

    /**
     * What was accepted.
     *
     * @param indices answers in the order in which they were accepted, min(n, N) of them, no one twice
     * @param sweeps  sweeps it took
     */
    public record Accepted(int[] indices, int sweeps) {}

    /** Accepts min(n, N) of N ≥ 1 answers. */
    public Accepted sample(double[] rewards, RandomGenerator random) {
        Rewards.require(rewards);
        int[] left = new int[rewards.length];
        Arrays.setAll(left, i -> i);
        int[] accepted = new int[Math.min(accept, rewards.length)];
        int count = 0;
        int sweeps = 0;
        while (count < accepted.length) {
            sweeps++;
            int[] order = Streams.permutation(left.length, random);
            double max = Arrays.stream(left).mapToDouble(i -> rewards[i]).max().orElseThrow();
            boolean[] taken = new boolean[left.length];
            for (int k = 0; k < order.length && count < accepted.length; k++) {
                int i = left[order[k]];
                if (random.nextDouble() < probability(rewards[i], max)) {
                    taken[order[k]] = true;
                    accepted[count++] = i;
                }
            }
            int[] before = left;
            left = java.util.stream.IntStream.range(0, before.length).filter(k -> !taken[k]).map(k -> before[k]).toArray();
        }
        return new Accepted(accepted, sweeps);
    }

    /** exp((r_i − r_max)/β) for every answer: the probability with which the first sweep accepts it when it comes to it. */
    public double[] acceptance(double[] rewards) {
        Rewards.require(rewards);
        double max = Arrays.stream(rewards).max().orElseThrow();
        return Arrays.stream(rewards).map(r -> probability(r, max)).toArray();
    }

    /** Mean of {@link #acceptance}: the part of the answers that a first sweep over all of them is expected to accept. */
    public double acceptanceRate(double[] rewards) {
        return Arrays.stream(acceptance(rewards)).average().orElseThrow();
    }

    private double probability(double reward, double max) {
        // The best is always accepted, whatever β: 0/0 and ∞ would say otherwise.
        return reward == max ? 1 : Math.exp((reward - max) / beta);
    }
}
