package org.align4j.rewardmodels.sampling;

/**
 * GRAPE: of the candidate answers to a prompt, from whatever sources, the one that the model about to be trained finds likeliest. Zhang et al.,
 * <a href="https://arxiv.org/abs/2502.04194">The Best Instruction-Tuning Data are Those That Fit</a> (2025).
 */
public final class Grape {
    private Grape() {}

    /**
     * Index of the likeliest candidate, the lowest among equals.
     *
     * @param logProbs   log-probability of every candidate under the base model, summed over its tokens, in nats
     * @param tokens     tokens of every candidate, at least 1
     * @param normalised whether sums are divided by the number of tokens; the sum alone favours short candidates
     */
    public static int likeliest(double[] logProbs, int[] tokens, boolean normalised) {
        return BestOfN.best(scores(logProbs, tokens, normalised));
    }

    /** What candidates are compared by: log π(y), or log π(y)/|y|. */
    public static double[] scores(double[] logProbs, int[] tokens, boolean normalised) {
        Rewards.require(logProbs);
        if (tokens.length != logProbs.length) {
            throw new IllegalArgumentException("One length is needed per candidate, found " + logProbs.length + " log-probabilities and " + tokens.length + " lengths");
        }
        double[] scores = logProbs.clone();
        for (int i = 0; i < scores.length; i++) {
            if (tokens[i] < 1) {
                throw new IllegalArgumentException("A candidate needs at least one token, found " + tokens[i] + " for candidate " + i);
            }
            scores[i] = normalised ? logProbs[i] / tokens[i] : logProbs[i];
        }
        return scores;
    }
}
