package org.align4j.losses.reward;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a loss of a reward model returns.
 *
 * @param loss      the mean loss
 * @param gradients ∂loss/∂reward in the shape of the rewards: of pairs the chosen ones, then the rejected ones; of lists one row per list; of
 *                  ratings one row per response
 * @param metrics   by TRL's names: {@code min_reward}, {@code mean_reward}, {@code max_reward}; where responses are compared also {@code accuracy},
 *                  the share of pairs whose better response has strictly the greater reward, and {@code margin}, the mean of its reward less the
 *                  other's
 */
public record RewardEvaluation(double loss, double[][] gradients, Map<String, Double> metrics) {

    public RewardEvaluation {
        if (!Double.isFinite(loss)) {
            throw new IllegalArgumentException("The loss of the rewards is " + loss
                    + ", required is a finite number; the rewards or labels are too large");
        }
    }

    /** Collects the metrics of a batch of rewards. */
    static final class Metrics {
        private double min = Double.POSITIVE_INFINITY;
        private double max = Double.NEGATIVE_INFINITY;
        private double sum;
        private long rewards;
        private double right;
        private double margin;
        private long pairs;

        void reward(double r) {
            min = Math.min(min, r);
            max = Math.max(max, r);
            sum += r;
            rewards++;
        }

        void pair(double better, double worse) {
            right += better > worse ? 1 : 0;
            margin += better - worse;
            pairs++;
        }

        Map<String, Double> map() {
            Map<String, Double> m = new LinkedHashMap<>();
            m.put("min_reward", min);
            m.put("mean_reward", sum / rewards);
            m.put("max_reward", max);
            if (pairs > 0) {
                m.put("accuracy", right / pairs);
                m.put("margin", margin / pairs);
            }
            return m;
        }
    }
}
