package org.align4j.rewardmodels.online;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.losses.policy.Counts;
import org.align4j.losses.policy.PolicyEvaluation;

/** Targets of objectives that have one advantage per response. */
final class ResponseTargets implements Objective.Targets {
    private final double[] advantages;
    private final Evaluator evaluator;

    /** Evaluates picked responses. */
    interface Evaluator {
        PolicyEvaluation evaluate(int[] responses, double[][] logProbs, double[] advantages, Counts batch);
    }

    ResponseTargets(double[] advantages, Evaluator evaluator) {
        this.advantages = advantages;
        this.evaluator = evaluator;
    }

    /** Rewards of whole responses: what counts of the score, less what is paid for leaving the reference. */
    static double[] rewards(Rollouts r, KlControl kl, double coefficient) {
        return coefficient == 0 ? r.rewards() : kl.at(coefficient).ofResponses(r.logProbs(), r.reference(), r.rewards());
    }

    @Override
    public PolicyEvaluation policy(int[] responses, double[][] logProbs, Counts batch) {
        return evaluator.evaluate(responses, logProbs, Picks.of(advantages, responses), batch);
    }

    @Override
    public Map<String, Double> metrics() {
        double sum = 0;
        for (double a : advantages) {
            sum += Math.abs(a);
        }
        Map<String, Double> m = new LinkedHashMap<>();
        m.put("advantages/mean_abs", sum / advantages.length);
        return m;
    }
}
