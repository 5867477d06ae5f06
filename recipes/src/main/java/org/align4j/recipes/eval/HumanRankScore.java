package org.align4j.recipes.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.HumanRank;
import org.align4j.rewardmodels.evaluate.Interval;
import org.align4j.rewardmodels.evaluate.StudentT;

/**
 * The score of {@link HumanRank}: the mean over topics of the mean correlation of their questions, with its bootstrap interval. A change is the mean over T topics of the
 * mean paired difference; s² = Σ_t s_t² ÷ n_t ÷ T², its interval by Student's t with Σ (n_t − 1) degrees of freedom.
 *
 * @param topic the one topic that counts; null for all
 */
record HumanRankScore(String name, String topic, Bootstrap bootstrap) implements Estimator {
    /** The text of an item that names its topic. */
    static final String TOPIC = "topic";
    /** Of correlations, which are of the size of 1. */
    private static final double ROUNDING = 1e-12;

    private List<Item> counted(List<Item> items) {
        return items.stream().filter(i -> topic == null || topic.equals(i.texts().get(TOPIC))).toList();
    }

    @Override
    public boolean applies(List<Item> items) {
        return !counted(items).isEmpty() && items.stream().allMatch(i -> i.has("correlation"));
    }

    @Override
    public Figure of(List<Item> items) {
        List<Item> own = counted(items);
        Interval score = HumanRank.of(own.stream().map(HumanRankScore::question).toList(), bootstrap).score();
        double[] correlations = own.stream().mapToDouble(i -> i.value("correlation")).toArray();
        return new Figure(name, score.value(), score.low(), score.high(), error(own, correlations), own.size(), false, true);
    }

    private static HumanRank.Question question(Item i) {
        return new HumanRank.Question(i.texts().get(TOPIC), IntStream.range(0, (int) i.value("answers"))
                .mapToObj(a -> new HumanRank.Answer(i.value("logp_" + a), (int) i.value("characters_" + a), i.value("votes_" + a))).toList());
    }

    @Override
    public Change change(List<Item> from, List<Item> to) {
        List<Item> first = counted(from);
        List<Item> second = counted(to);
        double[] d = IntStream.range(0, second.size()).mapToDouble(i -> second.get(i).value("correlation") - first.get(i).value("correlation")).toArray();
        Map<String, List<Double>> by = byTopic(second, d);
        double value = by.values().stream().mapToDouble(v -> v.stream().mapToDouble(x -> x).average().orElseThrow()).average().orElseThrow();
        double s = error(second, d);
        int freedom = d.length - by.size();
        // Questions that all change by the same say nothing of others.
        boolean known = freedom >= 1 && s > ROUNDING;
        double half = known ? StudentT.quantile(0.975, freedom) * s : Double.NaN;
        double p = known ? 2 * StudentT.cdf(-Math.abs(value) / s, freedom) : Double.NaN;
        return new Change(name, value, value - half, value + half, s, p, d.length, 1);
    }

    /** Of the mean over topics of the means of values. */
    private static double error(List<Item> items, double[] values) {
        Map<String, List<Double>> by = byTopic(items, values);
        double sum = 0;
        for (List<Double> v : by.values()) {
            sum += Interval.variance(v.stream().mapToDouble(x -> x).toArray()) / v.size();
        }
        return Math.sqrt(sum) / by.size();
    }

    private static Map<String, List<Double>> byTopic(List<Item> items, double[] values) {
        Map<String, List<Double>> by = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i++) {
            by.computeIfAbsent(items.get(i).texts().get(TOPIC), t -> new ArrayList<>()).add(values[i]);
        }
        return by;
    }
}
