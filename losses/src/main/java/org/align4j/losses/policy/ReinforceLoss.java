package org.align4j.losses.policy;

import java.util.Arrays;
import java.util.Map;

/**
 * REINFORCE: every response is pulled by its advantage.
 *
 * <pre>
 *   L = mean over responses of −A·Σ_t log π(y_t)
 *   ∂L/∂log π(y_t) = −A / responses
 * </pre>
 *
 * <p>Williams, <a href="https://doi.org/10.1007/BF00992696">Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning</a>
 * (1992); for language models with {@link LeaveOneOut} as baseline: Ahmadian et al., <a href="https://arxiv.org/abs/2402.14740">Back to Basics</a> (2024).
 * The responses must be samples of the policy itself; for older samples there is {@link RlooLoss}.
 */
public record ReinforceLoss() {

    /** Evaluates a whole batch. */
    public PolicyEvaluation evaluate(double[][] logProbs, double[] advantages) {
        Ragged.check("reinforce", "log-probabilities", logProbs);
        return evaluate(logProbs, advantages, Counts.of(logProbs));
    }

    /**
     * Evaluates a part of a batch, given the counts of the whole.
     *
     * @throws IllegalArgumentException when counts differ or a number is not finite; the message names the sequence
     */
    public PolicyEvaluation evaluate(double[][] logProbs, double[] advantages, Counts batch) {
        Ragged.check("reinforce", "log-probabilities", logProbs);
        Ragged.check("reinforce", "advantages", advantages, logProbs.length);
        double loss = 0;
        double[][] gradients = Ragged.zeros(logProbs);
        for (int i = 0; i < logProbs.length; i++) {
            double pull = -advantages[i] / batch.sequences();
            for (double lp : logProbs[i]) {
                loss += pull * lp;
            }
            Arrays.fill(gradients[i], pull);
        }
        return new PolicyEvaluation(loss, gradients, Map.of());
    }
}
