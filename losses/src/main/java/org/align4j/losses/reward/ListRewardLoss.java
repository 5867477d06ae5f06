package org.align4j.losses.reward;

/**
 * A loss of a reward model over lists: a mean over lists of a function of the rewards of K ≥ 2 responses to one prompt and of their labels (higher is
 * better). Keeping a prompt's comparisons together weighs every prompt the same and sees every response once.
 */
public interface ListRewardLoss {

    /** Name as in recipes. */
    String name();

    /** The loss of one list; ∂loss/∂rewards is added to {@code gradient}. */
    double value(double[] rewards, double[] labels, double[] gradient);

    /**
     * Evaluates lists.
     *
     * @param rewards rewards of every list's responses
     * @param labels  their labels
     * @throws IllegalArgumentException when there is no list, one has fewer than 2 responses, numbers of entries differ, or one is not finite
     */
    default RewardEvaluation evaluate(double[][] rewards, double[][] labels) {
        int n = rewards.length;
        RewardChecks.count(name(), "lists", n);
        if (labels.length != n) {
            throw new IllegalArgumentException(name() + ": there are " + labels.length + " lists of labels, required are " + n);
        }
        double loss = 0;
        double[][] gradients = new double[n][];
        RewardEvaluation.Metrics metrics = new RewardEvaluation.Metrics();
        for (int i = 0; i < n; i++) {
            int k = rewards[i].length;
            if (k < 2) {
                throw new IllegalArgumentException(name() + ": list " + i + " has " + k + " reward(s), required are at least 2 to compare");
            }
            RewardChecks.same(name(), "labels in list " + i, labels[i], k);
            RewardChecks.finite(name(), "list " + i + ", reward", rewards[i]);
            RewardChecks.finite(name(), "list " + i + ", label", labels[i]);
            double[] g = new double[k];
            loss += value(rewards[i], labels[i], g) / n;
            for (int a = 0; a < k; a++) {
                g[a] /= n;
                metrics.reward(rewards[i][a]);
                for (int b = 0; b < k; b++) {
                    if (labels[i][a] > labels[i][b]) {
                        metrics.pair(rewards[i][a], rewards[i][b]);
                    }
                }
            }
            gradients[i] = g;
        }
        return new RewardEvaluation(loss, gradients, metrics.map());
    }
}
