package org.align4j.rewardmodels.sampling;

import java.util.List;
import java.util.Map;
import org.align4j.losses.list.Labels;
import org.align4j.rewardmodels.ranker.PointwiseRanker;
import org.align4j.rewardmodels.ranker.Ranker;

/**
 * Keeps all answers to a prompt as a list with LiPO's labels, ψ_i = mean over j of Ψ_ij = P(y_i ≻ y_j), Ψ_ii = ½, in [0, 1]. Liu et al.,
 * <a href="https://arxiv.org/abs/2402.01878">LiPO</a> (2024).
 *
 * @param ranker gives Ψ, stays the caller's; null for Ψ_ij = σ(r_i − r_j) of the scores
 */
public record KeepLists(Ranker ranker) implements Keep {

    @Override
    public List<Kept> of(List<SampledPrompt> prompts) {
        return prompts.stream().map(p -> Kept.of(p.answers().size() < 2 ? List.of()
                : List.of(new Row.Listed(p.answers(), Labels.ofPreferences(ranker == null ? PointwiseRanker.of(p.scores()) : ranker.preferences(p.question())))))).toList();
    }

    @Override
    public Map<String, Object> identity() {
        return Map.of("keep", "lists 1", "ranker", ranker == null ? "scores" : ranker.digest());
    }
}
