package org.align4j.rewardmodels.sampling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.align4j.core.train.Streams;
import org.align4j.rewardmodels.ranker.PointwiseRanker;
import org.align4j.rewardmodels.ranker.Ranker;

/**
 * Keeps preference pairs: of all answers (sft-sample-rank), or of those that statistical rejection sampling accepts (rso-sample-rank), compared as a
 * {@link Ranking} says and decided by a ranker. Liu et al., <a href="https://arxiv.org/abs/2309.06657">RSO</a> (2023).
 *
 * @param rejection what accepts answers first; null to compare all
 * @param ranker    decides comparisons, stays the caller's; null to decide by scores as Bradley and Terry have it, Ψ_ij = σ(r_i − r_j)
 * @param seed      of acceptance and of who meets whom
 */
public record KeepPairs(RejectionSampling rejection, Ranking ranking, Ranker ranker, long seed) implements Keep {
    public KeepPairs {
        Objects.requireNonNull(ranking, "ranking");
    }

    @Override
    public List<Kept> of(List<SampledPrompt> prompts) {
        return prompts.stream().map(this::keep).toList();
    }

    private Kept keep(SampledPrompt p) {
        RandomGenerator random = Streams.of(seed, "keep", p.seed());
        int[] those = IntStream.range(0, p.answers().size()).toArray();
        Map<String, Double> numbers = new LinkedHashMap<>();
        if (rejection != null) {
            RejectionSampling.Accepted accepted = rejection.sample(p.scores(), random);
            those = accepted.indices();
            numbers.put("acceptance", rejection.acceptanceRate(p.scores()));
            numbers.put("sweeps", (double) accepted.sweeps());
        }
        int[] answers = those;
        Map<Long, Double> asked = new LinkedHashMap<>();
        Ranking.Comparison comparison = (i, j) -> asked.computeIfAbsent(((long) i << 32) + j, k -> preference(p, answers[i], answers[j]));
        List<Row> rows = new ArrayList<>();
        for (Ranking.Pair pair : ranking.pairs(answers.length, comparison, random)) {
            rows.add(new Row.Pair(p.answers().get(answers[pair.chosen()]), p.answers().get(answers[pair.rejected()])));
        }
        numbers.put("ties", (double) asked.values().stream().filter(v -> v == 0.5).count());
        return new Kept(rows, numbers);
    }

    private double preference(SampledPrompt p, int i, int j) {
        return ranker == null ? PointwiseRanker.of(new double[] {p.answers().get(i).score(), p.answers().get(j).score()})[0][1]
                : ranker.preferences(p.question(i, j))[0][1];
    }

    @Override
    public Map<String, Object> identity() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("keep", "pairs 1");
        if (rejection != null) {
            m.put("accept", rejection.accept());
            m.put("beta", String.valueOf(rejection.beta()));
        }
        m.put("ranking", ranking.name());
        m.put("ranker", ranker == null ? "scores" : ranker.digest());
        m.put("seed", seed);
        return m;
    }
}
