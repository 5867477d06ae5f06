package org.align4j.losses.reward;

/**
 * Regression of rewards on ratings of one or more attributes (helpfulness, correctness, …):
 *
 * <pre>  L = (1/N)·Σ_{i,a} (r_ia − rating_ia)²      ∂L/∂r_ia = (2/N)·(r_ia − rating_ia)</pre>
 *
 * <p>A rating that is NaN is missing: it counts neither in the sum nor in N, the number of ratings there are in the whole batch, and its reward gets
 * gradient 0. Dong et al., <a href="https://arxiv.org/abs/2310.05344">SteerLM</a> (2023); Wang et al.,
 * <a href="https://arxiv.org/abs/2406.08673">HelpSteer2</a> (2024), with five attributes rated 0 to 4.
 *
 * <p>Metrics: {@code min_reward}, {@code mean_reward}, {@code max_reward} over the rewards that have a rating.
 */
public record RegressionLoss() {

    /** Name as in recipes. */
    public String name() {
        return "regression";
    }

    /** Evaluates one attribute. */
    public RewardEvaluation evaluate(double[] rewards, double[] ratings) {
        RewardChecks.same(name(), "ratings", ratings, rewards.length);
        double[][] r = new double[rewards.length][];
        double[][] q = new double[rewards.length][];
        for (int i = 0; i < r.length; i++) {
            r[i] = new double[] {rewards[i]};
            q[i] = new double[] {ratings[i]};
        }
        return evaluate(r, q);
    }

    /**
     * Evaluates responses.
     *
     * @param rewards for every response one reward per attribute
     * @param ratings the ratings, NaN where one is missing
     * @throws IllegalArgumentException when numbers of entries differ, a reward is not finite, a rating is infinite, or there is no rating at all
     */
    public RewardEvaluation evaluate(double[][] rewards, double[][] ratings) {
        int n = rewards.length;
        RewardChecks.count(name(), "responses", n);
        if (ratings.length != n) {
            throw new IllegalArgumentException(name() + ": there are ratings of " + ratings.length + " responses, required are " + n);
        }
        long present = 0;
        for (int i = 0; i < n; i++) {
            RewardChecks.same(name(), "ratings of response " + i, ratings[i], rewards[i].length);
            RewardChecks.finite(name(), "response " + i + ", reward", rewards[i]);
            for (int a = 0; a < ratings[i].length; a++) {
                if (Double.isInfinite(ratings[i][a])) {
                    throw new IllegalArgumentException(name() + ": response " + i + ", rating " + a + " is " + ratings[i][a]
                            + ", required is a finite number, or NaN where there is none");
                }
                present += Double.isNaN(ratings[i][a]) ? 0 : 1;
            }
        }
        if (present == 0) {
            throw new IllegalArgumentException(name() + ": every rating of the batch is missing, required is at least one");
        }
        double loss = 0;
        double[][] gradients = new double[n][];
        RewardEvaluation.Metrics metrics = new RewardEvaluation.Metrics();
        for (int i = 0; i < n; i++) {
            gradients[i] = new double[rewards[i].length];
            for (int a = 0; a < gradients[i].length; a++) {
                if (!Double.isNaN(ratings[i][a])) {
                    double d = rewards[i][a] - ratings[i][a];
                    loss += d * d / present;
                    gradients[i][a] = 2 * d / present;
                    metrics.reward(rewards[i][a]);
                }
            }
        }
        return new RewardEvaluation(loss, gradients, metrics.map());
    }
}
