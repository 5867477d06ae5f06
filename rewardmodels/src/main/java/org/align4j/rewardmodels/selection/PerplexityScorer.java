package org.align4j.rewardmodels.selection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.data.Text;
import org.align4j.core.text.ModelTextEncoder;
import org.align4j.rewardmodels.sampling.Policy;

/**
 * How hard a model finds the best response of a row. With s(y | x) = −1/|y| Σ log π(y_t | x, y_&lt;t) in nats, the end token counted:
 *
 * <ul>
 * <li>{@code PERPLEXITY}: exp s(y | x);
 * <li>{@code IFD}, instruction-following difficulty: exp(s(y | x) − s(y)), how little the prompt helps; near or above 1 it does not. Li et al.,
 *     <a href="https://arxiv.org/abs/2308.12032">From Quantity to Quality</a> (2023). s(y) is taken after the beginning-of-text token where the tokenizer has one; else the
 *     response's first token is what the rest follows, in both terms. A response of that one token has none.
 * </ul>
 */
public final class PerplexityScorer implements RowScorer {
    /** Most tokens computed at once. */
    private static final int TOKENS = 4096;
    private final Policy policy;
    private final Kind kind;

    /** Which number. */
    public enum Kind { PERPLEXITY, IFD }

    /** @param policy the model that is asked; stays the caller's */
    public PerplexityScorer(Policy policy, Kind kind) {
        this.policy = Objects.requireNonNull(policy, "policy");
        this.kind = Objects.requireNonNull(kind, "kind");
    }

    @Override
    public double[] score(List<Candidate> rows) {
        int[] begin = kind == Kind.IFD ? begin() : null;
        int skip = begin != null && begin.length == 0 ? 1 : 0;
        double[] given = losses(rows.stream().map(PerplexityScorer::group).toList(), skip);
        double[] scores = new double[given.length];
        if (kind == Kind.PERPLEXITY) {
            Arrays.setAll(scores, i -> Math.exp(given[i]));
            return scores;
        }
        double[] alone = losses(rows.stream().map(row -> alone(group(row), begin)).toList(), 0);
        Arrays.setAll(scores, i -> Math.exp(given[i] - alone[i]));
        return scores;
    }

    private static Group group(Candidate row) {
        return new Group(row.at(), row.group().prompt(), List.of(row.group().responses().get(row.best())));
    }

    /** What stands before a text without a prompt; empty where nothing does. */
    private int[] begin() {
        return policy.encoder() instanceof ModelTextEncoder text ? text.encodePrompt(new Text.Plain("")) : new int[0];
    }

    private static Group alone(Group g, int[] begin) {
        Group.Response only = g.responses().get(0);
        return begin.length > 0 ? new Group(g.at(), begin, List.of(only)) : new Group(g.at(), new int[] {only.ids()[0]}, List.of(only.part(1, only.ids().length)));
    }

    /** s(y | x) of every group, over its response's tokens from the one numbered {@code skip} on; NaN where there is none. */
    private double[] losses(List<Group> groups, int skip) {
        double[] losses = new double[groups.size()];
        for (int from = 0; from < losses.length;) {
            int to = from;
            int tokens = 0;
            List<Group> some = new ArrayList<>();
            while (to < losses.length && (to == from || tokens + groups.get(to).tokens() <= TOKENS)) {
                tokens += groups.get(to).tokens();
                some.add(groups.get(to++));
            }
            PackedBatch batch = PackedBatch.of(some);
            double[] logProbs = policy.model().logProbs(batch);
            for (int g = from; g < to; g++) {
                losses[g] = -Arrays.stream(batch.slice(logProbs, g - from, 0)).skip(skip).average().orElse(Double.NaN);
            }
            from = to;
        }
        return losses;
    }

    @Override
    public String name() {
        return kind == Kind.IFD ? "IFD" : "perplexity";
    }

    @Override
    public Map<String, Object> identity() {
        Map<String, Object> m = new LinkedHashMap<>(policy.identity());
        m.put("kind", kind.name());
        return m;
    }
}
