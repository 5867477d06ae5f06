package org.align4j.rewardmodels.online;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.Group;
import org.align4j.losses.Mean;
import org.align4j.losses.policy.Counts;
import org.align4j.losses.policy.PolicyEvaluation;
import org.align4j.losses.policy.ScorePlace;

/** Sums over the pieces of a mini-batch, and the counts they are divided by. */
final class UpdateSums {
    private final Rollouts rollouts;
    private final Counts tokens;
    private final Counts states;
    private final Map<String, Mean> metrics = new LinkedHashMap<>();
    private long unshared;
    private double policyLoss;
    private double valueLoss;
    private double total;
    private double squares;
    private double ratios;

    /** @param place null where there is no value function */
    UpdateSums(Rollouts rollouts, List<Piece> pieces, ScorePlace place) {
        this.rollouts = rollouts;
        long responses = 0;
        long count = 0;
        long values = 0;
        for (Piece p : pieces) {
            for (int i : p.responses()) {
                int n = rollouts.response(i).ids().length;
                responses++;
                count += n;
                values += place == null ? n : place.states(n);
            }
            unshared += p.groups().stream().mapToLong(Group::tokensUnshared).sum();
        }
        tokens = new Counts(responses, count);
        states = new Counts(responses, values);
    }

    Counts tokens() {
        return tokens;
    }

    Counts states() {
        return states;
    }

    long tokensUnshared() {
        return unshared;
    }

    void add(Piece piece, double[][] logProbs, PolicyEvaluation e) {
        policyLoss += e.loss();
        total += e.loss();
        merge(e);
        for (int i = 0; i < logProbs.length; i++) {
            double[] old = rollouts.logProbs()[piece.responses()[i]];
            for (int t = 0; t < old.length; t++) {
                double log = logProbs[i][t] - old[t];
                squares += log * log;
                ratios += Math.exp(log);
            }
        }
    }

    void addValue(PolicyEvaluation e, double coefficient) {
        valueLoss += e.loss();
        total += coefficient * e.loss();
        merge(e);
    }

    private void merge(PolicyEvaluation e) {
        e.metrics().forEach((k, v) -> metrics.merge(k, v, Mean::plus));
    }

    /** ½·mean((log π − log π_old)²) over the tokens. */
    double approxKl() {
        return 0.5 * squares / tokens.tokens();
    }

    /** The whole loss. */
    double loss() {
        return total;
    }

    Map<String, Mean> metrics(boolean values) {
        Map<String, Mean> m = new LinkedHashMap<>();
        m.put("loss/policy_avg", Mean.of(policyLoss));
        if (values) {
            m.put("loss/value_avg", Mean.of(valueLoss));
        }
        m.putAll(metrics);
        m.putIfAbsent("policy/approxkl_avg", Mean.of(approxKl()));
        m.putIfAbsent("val/ratio", Mean.of(ratios / tokens.tokens()));
        return m;
    }
}
