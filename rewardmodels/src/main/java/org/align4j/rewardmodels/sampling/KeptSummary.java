package org.align4j.rewardmodels.sampling;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * What was sampled and what was kept.
 *
 * @param prompts    prompts
 * @param barren     prompts of which no row was made
 * @param answers    answers sampled
 * @param duplicates answers with the tokens of an earlier one to the same prompt
 * @param unfinished answers cut at the most tokens allowed
 * @param rows       rows made
 * @param sampled    mean reward of all answers: of prompts' means
 * @param kept       mean reward of what is to be imitated or preferred: demonstrations, chosen answers, the best of lists; NaN where nothing has a score
 * @param rejected   mean reward of rejected answers and of the worst of lists; NaN where there are none
 * @param numbers    means over prompts of what else there is to tell: {@code acceptance}, {@code sweeps}, {@code ties} …
 * @param bestOfN    by n = 1, 2, 4 … the expected reward of the best of n, without bias ({@link BestOfN#expected})
 */
public record KeptSummary(long prompts, long barren, long answers, long duplicates, long unfinished, long rows, Mean sampled, Mean kept, Mean rejected,
        Map<String, Mean> numbers, Map<Integer, Mean> bestOfN) {
    public KeptSummary {
        numbers = Collections.unmodifiableMap(new LinkedHashMap<>(numbers));
        bestOfN = Collections.unmodifiableMap(new LinkedHashMap<>(bestOfN));
    }

    /**
     * A mean and its standard error.
     *
     * @param standardError from the spread between prompts, which are what is independent; NaN for fewer than two
     */
    public record Mean(double value, double standardError, long count) {
        static Mean of(List<Double> values) {
            int n = values.size();
            double mean = values.stream().mapToDouble(v -> v).average().orElse(Double.NaN);
            double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
            return new Mean(mean, n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1) / n), n);
        }
    }

    /** Adds up prompt after prompt. */
    static final class Counter {
        private long prompts;
        private long barren;
        private long answers;
        private long duplicates;
        private long unfinished;
        private long rows;
        private final List<Double> sampled = new ArrayList<>();
        private final List<Double> kept = new ArrayList<>();
        private final List<Double> rejected = new ArrayList<>();
        private final Map<String, List<Double>> numbers = new LinkedHashMap<>();
        private final Map<Integer, List<Double>> best = new TreeMap<>();

        void add(SampledPrompt p, JsonNode made) {
            double[] scores = p.scores();
            prompts++;
            answers += scores.length;
            duplicates += p.duplicates();
            unfinished += p.answers().stream().filter(a -> !a.ended()).count();
            sampled.add(java.util.Arrays.stream(scores).average().orElseThrow());
            for (int n = 1; n <= scores.length; n *= 2) {
                best.computeIfAbsent(n, k -> new ArrayList<>()).add(BestOfN.expected(scores, scores, n));
            }
            List<Double> better = new ArrayList<>();
            List<Double> worse = new ArrayList<>();
            made.required("rows").forEach(row -> rewards(row, better, worse));
            rows += made.required("rows").size();
            barren += made.required("rows").isEmpty() ? 1 : 0;
            mean(better, kept);
            mean(worse, rejected);
            made.required("numbers").properties().forEach(e -> numbers.computeIfAbsent(e.getKey(), k -> new ArrayList<>()).add(e.getValue().asDouble()));
        }

        private static void rewards(JsonNode row, List<Double> better, List<Double> worse) {
            if (row.has("rewards")) {
                double[] rewards = PromptJson.numbers(row.get("rewards"));
                int[] order = Rewards.order(PromptJson.numbers(row.required("scores")));
                better.add(rewards[order[0]]);
                worse.add(rewards[order[order.length - 1]]);
            }
            for (String name : List.of("score", "score_chosen", "score_rejected")) {
                if (row.has(name)) {
                    (name.equals("score_rejected") ? worse : better).add(row.get(name).asDouble());
                }
            }
        }

        private static void mean(List<Double> of, List<Double> into) {
            of.stream().mapToDouble(v -> v).average().ifPresent(into::add);
        }

        KeptSummary summary() {
            Map<String, Mean> means = new LinkedHashMap<>();
            numbers.forEach((name, values) -> means.put(name, Mean.of(values)));
            Map<Integer, Mean> curve = new LinkedHashMap<>();
            best.forEach((n, values) -> curve.put(n, Mean.of(values)));
            return new KeptSummary(prompts, barren, answers, duplicates, unfinished, rows, Mean.of(sampled), Mean.of(kept), Mean.of(rejected), means, curve);
        }
    }
}
