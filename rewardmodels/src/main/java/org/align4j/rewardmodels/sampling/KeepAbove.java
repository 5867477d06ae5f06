package org.align4j.rewardmodels.sampling;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps as demonstrations all answers whose normalised reward is above a threshold: ReST (Gulcehre et al.,
 * <a href="https://arxiv.org/abs/2308.08998">2023</a>).
 */
public final class KeepAbove implements Keep {
    private final Normalization normalization;
    private final boolean perPrompt;
    private final double threshold;
    private final Map<Integer, double[]> normalised;

    private KeepAbove(Normalization normalization, boolean perPrompt, double threshold, Map<Integer, double[]> normalised) {
        this.normalization = normalization;
        this.perPrompt = perPrompt;
        this.threshold = threshold;
        this.normalised = normalised;
    }

    /**
     * @param sampled   the scored answers, whose rewards are normalised among each other
     * @param perPrompt whether rewards are normalised among the answers to one prompt rather than among all
     */
    public static KeepAbove of(Sampled sampled, Normalization normalization, boolean perPrompt, double threshold) {
        Map<Integer, double[]> scores = new LinkedHashMap<>();
        sampled.forEach(p -> scores.put(p.index(), p.scores()));
        Map<Integer, double[]> normalised = new HashMap<>();
        double[] all = perPrompt ? null : normalization.of(scores.values().stream().flatMapToDouble(java.util.Arrays::stream).toArray());
        int at = 0;
        for (Map.Entry<Integer, double[]> e : scores.entrySet()) {
            int n = e.getValue().length;
            normalised.put(e.getKey(), perPrompt ? normalization.of(e.getValue()) : java.util.Arrays.copyOfRange(all, at, at + n));
            at += n;
        }
        return new KeepAbove(normalization, perPrompt, threshold, normalised);
    }

    @Override
    public List<Kept> of(List<SampledPrompt> prompts) {
        return prompts.stream().map(this::keep).toList();
    }

    private Kept keep(SampledPrompt p) {
        double[] values = normalised.get(p.index());
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            if (values[i] > threshold) {
                rows.add(new Row.Demonstration(p.answers().get(i)));
            }
        }
        return Kept.of(rows);
    }

    @Override
    public Map<String, Object> identity() {
        return Map.of("keep", "above 2", "normalization", normalization.name(), "per_prompt", perPrompt, "threshold", threshold);
    }
}
