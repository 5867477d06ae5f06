package org.align4j.losses.policy;

import org.align4j.losses.internal.Checks;

/**
 * REINFORCE leave-one-out with a clipped ratio of whole responses, so that samples may be used more than once.
 *
 * <pre>
 *   ρ = π(y) / π_old(y) = exp(Σ_t (log π(y_t) − log π_old(y_t)))
 *   L = mean over responses of max(−A·ρ, −A·clip(ρ, 1 − ε_low, 1 + ε_high))
 *   ∂L/∂log π(y_t) = −A·ρ / responses where the unclipped term counts, else 0
 * </pre>
 *
 * <p>Ahmadian et al., <a href="https://arxiv.org/abs/2402.14740">Back to Basics: Revisiting REINFORCE Style Optimization for Learning from Human Feedback
 * in LLMs</a> (2024); advantages by {@link LeaveOneOut} of {@link KlRewards#ofResponses}.
 *
 * <p>Metrics, as means over responses: {@code clip_ratio/low_mean}, {@code clip_ratio/high_mean}, {@code clip_ratio/region_mean}.
 *
 * @param epsilonLow  ε_low &gt; 0, 0.2 in TRL
 * @param epsilonHigh ε_high &gt; 0, 0.2 in TRL
 */
public record RlooLoss(double epsilonLow, double epsilonHigh) {
    public RlooLoss {
        Checks.positive("rloo", "epsilonLow", epsilonLow);
        Checks.positive("rloo", "epsilonHigh", epsilonHigh);
    }

    /** ε = 0.2 on both sides. */
    public RlooLoss() {
        this(0.2, 0.2);
    }

    /** Evaluates a whole batch. */
    public PolicyEvaluation evaluate(double[][] logProbs, double[][] old, double[] advantages) {
        Ragged.check("rloo", "log-probabilities", logProbs);
        return evaluate(logProbs, old, advantages, Counts.of(logProbs));
    }

    /**
     * Evaluates a part of a batch.
     *
     * @param logProbs   log π of every token
     * @param old        the same under the policy that sampled
     * @param advantages one per response
     * @param batch      counts of the whole batch
     * @throws IllegalArgumentException when lengths differ, a number is not finite, or a ratio overflows; the message names the sequence
     */
    public PolicyEvaluation evaluate(double[][] logProbs, double[][] old, double[] advantages, Counts batch) {
        Ragged.check("rloo", "log-probabilities", logProbs);
        Ragged.check("rloo", "old log-probabilities", old, "log-probabilities", logProbs);
        Ragged.check("rloo", "advantages", advantages, logProbs.length);
        double loss = 0;
        double[][] gradients = Ragged.zeros(logProbs);
        PolicyEvaluation.Metrics metrics = new PolicyEvaluation.Metrics();
        for (int i = 0; i < logProbs.length; i++) {
            double log = 0;
            for (int t = 0; t < logProbs[i].length; t++) {
                log += logProbs[i][t] - old[i][t];
            }
            double ratio = Ragged.ratio("rloo", "sequence " + i, log);
            Clip clip = Clip.of(advantages[i], ratio, epsilonLow, epsilonHigh);
            loss += clip.loss() / batch.sequences();
            for (int t = 0; t < logProbs[i].length; t++) {
                gradients[i][t] = clip.derivative() / batch.sequences();
            }
            boolean low = ratio < 1 - epsilonLow && advantages[i] < 0;
            boolean high = ratio > 1 + epsilonHigh && advantages[i] > 0;
            metrics.add("clip_ratio/low_mean", low ? 1 : 0);
            metrics.add("clip_ratio/high_mean", high ? 1 : 0);
            metrics.add("clip_ratio/region_mean", low || high ? 1 : 0);
        }
        return new PolicyEvaluation(loss, gradients, metrics.means());
    }
}
