package org.align4j.rewardmodels.online;

import java.util.List;
import org.align4j.core.data.Group;

/**
 * What a policy answered in one iteration, and what is known of it. Per-response arrays follow the groups: all responses to the first prompt, those to the
 * second, and so on. Log-probabilities are in nats, at the temperature of sampling.
 *
 * @param groups    prompts and responses, equally many for each
 * @param scores    what the reward gave
 * @param rewards   what counts: shaped, and with what became of unfinished responses
 * @param logProbs  log π of every token under the policy that sampled
 * @param reference the same under the reference, or null without one
 * @param values    the value function at every state when the responses were sampled, or null without one
 */
public record Rollouts(List<Group> groups, double[] scores, double[] rewards, double[][] logProbs, double[][] reference, double[][] values) {
    public Rollouts {
        groups = List.copyOf(groups);
        int samples = groups.get(0).responses().size();
        for (Group g : groups) {
            if (g.responses().size() != samples) {
                throw new IllegalArgumentException("rollouts: every prompt needs the same number of responses, found " + samples + " and " + g.responses().size());
            }
        }
        int n = groups.size() * samples;
        if (scores.length != n || rewards.length != n || logProbs.length != n || reference != null && reference.length != n || values != null && values.length != n) {
            throw new IllegalArgumentException("rollouts: required is one entry for each of " + n + " responses");
        }
    }

    /** Responses per prompt. */
    public int samples() {
        return groups.get(0).responses().size();
    }

    /** Responses in all. */
    public int responses() {
        return rewards.length;
    }

    /** A response by its index in the arrays. */
    public Group.Response response(int i) {
        return groups.get(i / samples()).responses().get(i % samples());
    }

    /** Tokens of all responses. */
    public long tokens() {
        long n = 0;
        for (double[] row : logProbs) {
            n += row.length;
        }
        return n;
    }

    /** Tokens as the user counts them: a prompt once for every response. */
    public long tokensUnshared() {
        return groups.stream().mapToLong(Group::tokensUnshared).sum();
    }
}
