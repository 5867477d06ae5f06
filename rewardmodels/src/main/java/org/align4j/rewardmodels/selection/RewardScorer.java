package org.align4j.rewardmodels.selection;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.UserException;
import org.align4j.rewardmodels.Reward;

/**
 * What a reward says of a row.
 *
 * @param of of the best response, or by how much that of the chosen one is more than that of the best other one
 */
public record RewardScorer(Reward reward, Of of) implements RowScorer {
    public RewardScorer {
        Objects.requireNonNull(reward, "reward");
        Objects.requireNonNull(of, "of");
    }

    /** Which number. */
    public enum Of {
        /** The reward of the best response by the row's own account: of a demonstration, the chosen one of a pair, the first of a list. */
        RESPONSE,
        /** The reward of that response less the highest reward of the others. */
        MARGIN
    }

    @Override
    public double[] score(List<Candidate> rows) {
        if (of == Of.RESPONSE) {
            return reward.score(rows.stream().map(row -> row.question(row.best())).toList()).stream().mapToDouble(s -> s[0]).toArray();
        }
        for (Candidate row : rows) {
            if (row.responses().size() < 2) {
                throw new UserException("A margin is between two responses, and " + row.at() + " has one. Score the response, or give preferences.");
            }
        }
        List<double[]> all = reward.score(rows.stream().map(row -> row.question(java.util.stream.IntStream.range(0, row.responses().size()).toArray())).toList());
        double[] margins = new double[rows.size()];
        for (int i = 0; i < margins.length; i++) {
            int best = rows.get(i).best();
            double others = Double.NEGATIVE_INFINITY;
            for (int r = 0; r < all.get(i).length; r++) {
                others = r == best ? others : Math.max(others, all.get(i)[r]);
            }
            margins[i] = all.get(i)[best] - others;
        }
        return margins;
    }

    @Override
    public String name() {
        return of == Of.RESPONSE ? "reward" : "reward margin";
    }

    @Override
    public Map<String, Object> identity() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("reward", reward.digest());
        m.put("of", of.name());
        return m;
    }
}
