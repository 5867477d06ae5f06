package org.align4j.rewardmodels.sampling;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Keeps the best answers as demonstrations: best-of-n for expert iteration and RAFT (Dong et al., <a href="https://arxiv.org/abs/2304.06767">2023</a>).
 *
 * @param count how many of each prompt, at least 1
 */
public record KeepBest(int count) implements Keep {
    public KeepBest {
        if (count < 1) {
            throw new IllegalArgumentException("At least 1 answer of each prompt must be kept, found " + count);
        }
    }

    @Override
    public List<Kept> of(List<SampledPrompt> prompts) {
        return prompts.stream().map(p -> Kept.of(Arrays.stream(BestOfN.best(p.scores(), count)).mapToObj(i -> new Row.Demonstration(p.answers().get(i))).toList())).toList();
    }

    @Override
    public Map<String, Object> identity() {
        return Map.of("keep", "best 1", "count", count);
    }
}
