package org.align4j.rewardmodels.online;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.losses.policy.KlRewards;

/** What an iteration's rollouts say, under the names of TRL. Divergences and entropies are sums over a response's tokens, in nats, averaged over responses. */
final class RolloutMetrics {
    private RolloutMetrics() {}

    /** Mean over responses of log π(y) − log π_ref(y): an unbiased estimate of KL(π‖π_ref). */
    static double kl(Rollouts r) {
        double sum = 0;
        for (int i = 0; i < r.responses(); i++) {
            for (int t = 0; t < r.logProbs()[i].length; t++) {
                sum += r.logProbs()[i][t] - r.reference()[i][t];
            }
        }
        return sum / r.responses();
    }

    /**
     * Of an iteration.
     *
     * @param rewards what is paid for leaving the reference, with the coefficient of this iteration
     */
    static Map<String, Double> of(Rollouts r, KlRewards rewards) {
        Map<String, Double> m = new LinkedHashMap<>();
        double scores = Arrays.stream(r.rewards()).average().orElseThrow();
        double paid = 0;
        if (r.reference() != null) {
            m.put("objective/kl", kl(r));
            double[] zeros = new double[r.responses()];
            paid = Arrays.stream(rewards.ofResponses(r.logProbs(), r.reference(), zeros)).average().orElseThrow();
        }
        m.put("objective/entropy", -Arrays.stream(r.logProbs()).mapToDouble(row -> Arrays.stream(row).sum()).average().orElseThrow());
        m.put("objective/non_score_reward", paid);
        m.put("objective/rlhf_reward", scores + paid);
        m.put("objective/scores", scores);
        m.put("objective/kl_coef", rewards.coefficient());
        m.put("reward", Arrays.stream(r.scores()).average().orElseThrow());
        m.put("reward_std", deviation(r.scores()));
        m.putAll(groups(r));
        m.putAll(lengths(r));
        return m;
    }

    private static Map<String, Double> groups(Rollouts r) {
        int n = r.samples();
        if (n < 2) {
            return Map.of();
        }
        int flat = 0;
        for (int from = 0; from < r.responses(); from += n) {
            double first = r.rewards()[from];
            flat += Arrays.stream(r.rewards(), from, from + n).allMatch(s -> s == first) ? 1 : 0;
        }
        return Map.of("frac_reward_zero_std", (double) flat * n / r.responses());
    }

    private static Map<String, Double> lengths(Rollouts r) {
        int ended = 0;
        long endedTokens = 0;
        int[] lengths = new int[r.responses()];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = r.logProbs()[i].length;
            if (r.response(i).ended()) {
                ended++;
                endedTokens += lengths[i];
            }
        }
        Map<String, Double> m = new LinkedHashMap<>();
        m.put("val/num_eos_tokens", (double) ended);
        m.put("completions/mean_length", Arrays.stream(lengths).average().orElseThrow());
        m.put("completions/min_length", (double) Arrays.stream(lengths).min().orElseThrow());
        m.put("completions/max_length", (double) Arrays.stream(lengths).max().orElseThrow());
        m.put("completions/clipped_ratio", 1 - (double) ended / r.responses());
        if (ended > 0) {
            m.put("completions/mean_terminated_length", (double) endedTokens / ended);
        }
        return m;
    }

    private static double deviation(double[] a) {
        if (a.length < 2) {
            return 0;
        }
        double mean = Arrays.stream(a).average().orElseThrow();
        return Math.sqrt(Arrays.stream(a).map(v -> (v - mean) * (v - mean)).sum() / (a.length - 1));
    }
}
