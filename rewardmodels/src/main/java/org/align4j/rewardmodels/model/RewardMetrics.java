package org.align4j.rewardmodels.model;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is told of rewards, by TRL's names: {@code min_reward}, {@code mean_reward}, {@code max_reward}; where responses are compared also {@code accuracy}, the
 * share of comparisons in which the better response has strictly the greater reward, and {@code margin}, the mean of its reward less the other's.
 */
public final class RewardMetrics {
    private double min = Double.POSITIVE_INFINITY;
    private double max = Double.NEGATIVE_INFINITY;
    private double sum;
    private long count;
    private long right;
    private double margin;
    private long pairs;

    void rewards(double... values) {
        for (double r : values) {
            min = Math.min(min, r);
            max = Math.max(max, r);
            sum += r;
            count++;
        }
    }

    void pair(double better, double worse) {
        right += better > worse ? 1 : 0;
        margin += better - worse;
        pairs++;
    }

    /** Comparisons made. */
    public long pairs() {
        return pairs;
    }

    /** The metrics there are. */
    public Map<String, Double> map() {
        Map<String, Double> m = new LinkedHashMap<>();
        if (count > 0) {
            m.put("min_reward", min);
            m.put("mean_reward", sum / count);
            m.put("max_reward", max);
        }
        if (pairs > 0) {
            m.put("accuracy", (double) right / pairs);
            m.put("margin", margin / pairs);
        }
        return m;
    }
}
