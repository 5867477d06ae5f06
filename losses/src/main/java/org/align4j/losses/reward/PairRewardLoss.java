package org.align4j.losses.reward;

/**
 * A loss of a reward model over pairs: a mean over pairs of a function of the scalar rewards r_w of the chosen and r_l of the rejected response,
 * and, for some, of a margin m, how much better the chosen one is.
 */
public interface PairRewardLoss {

    /** Name as in recipes. */
    String name();

    /** Value and derivatives for one pair. */
    Value of(double chosen, double rejected, double margin);

    /** Whether every pair needs a margin. */
    default boolean needsMargin() {
        return false;
    }

    /**
     * A loss's value and its derivatives.
     *
     * @param loss     the loss
     * @param chosen   ∂loss/∂r_w
     * @param rejected ∂loss/∂r_l
     */
    record Value(double loss, double chosen, double rejected) {

        /** This and c·(r_w + r_l)². */
        Value centred(double c, double rw, double rl) {
            double g = 2 * c * (rw + rl);
            return new Value(loss + c * (rw + rl) * (rw + rl), chosen + g, rejected + g);
        }
    }

    /** Evaluates pairs without margins. */
    default RewardEvaluation evaluate(double[] chosen, double[] rejected) {
        return evaluate(chosen, rejected, null);
    }

    /**
     * Evaluates pairs.
     *
     * @param chosen   rewards of the chosen responses
     * @param rejected rewards of the rejected responses, in the same order
     * @param margins  a margin per pair, read only where {@link #needsMargin()}
     * @throws IllegalArgumentException when there is no pair, numbers of entries differ, or one is not finite; the message names it
     */
    default RewardEvaluation evaluate(double[] chosen, double[] rejected, double[] margins) {
        int n = chosen.length;
        RewardChecks.count(name(), "chosen rewards", n);
        RewardChecks.same(name(), "rejected rewards", rejected, n);
        RewardChecks.finite(name(), "chosen reward", chosen);
        RewardChecks.finite(name(), "rejected reward", rejected);
        if (needsMargin()) {
            RewardChecks.same(name(), "margins", margins, n);
            RewardChecks.finite(name(), "margin", margins);
        }
        double loss = 0;
        double[][] g = new double[2][n];
        RewardEvaluation.Metrics metrics = new RewardEvaluation.Metrics();
        for (int i = 0; i < n; i++) {
            Value v = of(chosen[i], rejected[i], needsMargin() ? margins[i] : 0);
            loss += v.loss() / n;
            g[0][i] = v.chosen() / n;
            g[1][i] = v.rejected() / n;
            metrics.reward(chosen[i]);
            metrics.reward(rejected[i]);
            metrics.pair(chosen[i], rejected[i]);
        }
        return new RewardEvaluation(loss, g, metrics.map());
    }
}
