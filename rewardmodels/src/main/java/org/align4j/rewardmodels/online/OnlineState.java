package org.align4j.rewardmodels.online;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.losses.Mean;
import tools.jackson.databind.JsonNode;

/** Where a run stands: everything a checkpoint keeps besides weights, moments and the rollouts of an iteration in progress. */
final class OnlineState {
    /** Iterations that are over. */
    long iteration;
    /** Updates made in the iteration in progress. */
    int update;
    /** Whether held-out prompts were answered before the first update. */
    boolean evaluated;
    double klCoefficient;
    ScoreShaping.Moments scores = ScoreShaping.Moments.EMPTY;
    long tokens;
    long episodes;
    /** Since the last report. */
    double windowSeconds;
    long windowEpisodes;
    final Map<String, Mean> sums = new LinkedHashMap<>();

    void add(String name, double value) {
        sums.merge(name, Mean.of(value), Mean::plus);
    }

    void addAll(Map<String, Mean> metrics) {
        metrics.forEach((k, v) -> sums.merge(k, v, Mean::plus));
    }

    /** Means since the last call. */
    Map<String, Double> drain() {
        Map<String, Double> means = new LinkedHashMap<>();
        sums.forEach((k, v) -> means.put(k, v.value()));
        means.put("eps", windowEpisodes / Math.max(1e-9, windowSeconds));
        means.put("episode", (double) episodes);
        means.put("num_tokens", (double) tokens);
        sums.clear();
        windowSeconds = 0;
        windowEpisodes = 0;
        return means;
    }

    Map<String, Object> write() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("iteration", iteration);
        m.put("update", update);
        m.put("evaluated", evaluated);
        m.put("kl_coef", klCoefficient);
        m.put("score_moments", scores);
        m.put("tokens", tokens);
        m.put("episodes", episodes);
        m.put("window_seconds", windowSeconds);
        m.put("window_episodes", windowEpisodes);
        m.put("sums", sums);
        return m;
    }

    void read(JsonNode m) {
        iteration = m.get("iteration").asLong();
        update = m.get("update").asInt();
        evaluated = m.get("evaluated").asBoolean();
        klCoefficient = m.get("kl_coef").asDouble();
        JsonNode s = m.get("score_moments");
        scores = new ScoreShaping.Moments(s.get("count").asLong(), s.get("mean").asDouble(), s.get("squares").asDouble());
        tokens = m.get("tokens").asLong();
        episodes = m.get("episodes").asLong();
        windowSeconds = m.get("window_seconds").asDouble();
        windowEpisodes = m.get("window_episodes").asLong();
        sums.clear();
        m.get("sums").properties().forEach(e -> sums.put(e.getKey(), new Mean(e.getValue().get("sum").asDouble(), e.getValue().get("count").asDouble())));
    }
}
