package org.align4j.rewardmodels.model;

import java.util.Arrays;
import org.align4j.core.UserException;
import org.align4j.losses.reward.ListRewardLoss;
import org.align4j.losses.reward.PairRewardLoss;
import org.align4j.losses.reward.RegressionLoss;
import org.align4j.losses.reward.RewardEvaluation;

/**
 * What a head is trained on: a loss of rewards, group by group. The loss of a batch is the sum of its groups' values over the sum of their counts, so that
 * how a batch is cut changes rounding alone.
 */
public sealed interface RewardObjective {

    /** Name as in recipes. */
    String name();

    /** What a group adds to what the sum is divided by. */
    double count(RewardGroup g);

    /**
     * The value of a group.
     *
     * @param outputs  of the head, a row for every response
     * @param config   how they become one reward
     * @param gradient receives ∂value/∂output
     * @param metrics  receives rewards and comparisons
     */
    double value(RewardGroup g, double[][] outputs, RewardConfig config, double[][] gradient, RewardMetrics metrics);

    /**
     * Refuses a group this objective cannot be computed of.
     *
     * @throws UserException says what is missing
     */
    void check(RewardGroup g, RewardConfig config);

    /** A mean over pairs of the loss of the rewards of the chosen and the rejected response. */
    static RewardObjective pairs(PairRewardLoss loss) {
        return new Pairs(loss);
    }

    /** A mean over lists of the loss of their responses' rewards, given their scores. */
    static RewardObjective lists(ListRewardLoss loss) {
        return new Lists(loss);
    }

    /** Regression of every output on its ratings, a mean over the ratings there are. */
    static RewardObjective ratings() {
        return new Ratings();
    }

    private static double[] rewards(double[][] outputs, RewardConfig config) {
        double[] r = new double[outputs.length];
        for (int i = 0; i < r.length; i++) {
            float[] row = new float[outputs[i].length];
            for (int a = 0; a < row.length; a++) {
                row[a] = (float) outputs[i][a];
            }
            r[i] = config.reward(row, 0);
        }
        return r;
    }

    private static void spread(double[] slopes, RewardConfig config, double[][] gradient) {
        for (int i = 0; i < slopes.length; i++) {
            for (int a = 0; a < gradient[i].length; a++) {
                gradient[i][a] = slopes[i] * config.slope(a);
            }
        }
    }

    /** Over pairs. */
    record Pairs(PairRewardLoss loss) implements RewardObjective {
        @Override
        public String name() {
            return loss.name();
        }

        @Override
        public double count(RewardGroup g) {
            return 1;
        }

        @Override
        public double value(RewardGroup g, double[][] outputs, RewardConfig config, double[][] gradient, RewardMetrics metrics) {
            double[] r = rewards(outputs, config);
            PairRewardLoss.Value v = loss.of(r[0], r[1], loss.needsMargin() ? g.margin() : 0);
            spread(new double[] {v.chosen(), v.rejected()}, config, gradient);
            metrics.rewards(r);
            metrics.pair(r[0], r[1]);
            return v.loss();
        }

        @Override
        public void check(RewardGroup g, RewardConfig config) {
            if (g.group().responses().size() != 2) {
                throw new UserException("The objective " + name() + " needs pairs, a chosen and a rejected response; the group at " + g.group().at() + " has "
                        + g.group().responses().size() + " responses.");
            }
            if (loss.needsMargin() && !Double.isFinite(g.margin())) {
                throw new UserException("The objective " + name() + " needs to know by how much the chosen response is better; the pair at " + g.group().at()
                        + " does not say. Add a field 'margin', or choose bradley_terry.");
            }
        }
    }

    /** Over lists. */
    record Lists(ListRewardLoss loss) implements RewardObjective {
        @Override
        public String name() {
            return loss.name();
        }

        @Override
        public double count(RewardGroup g) {
            return 1;
        }

        @Override
        public double value(RewardGroup g, double[][] outputs, RewardConfig config, double[][] gradient, RewardMetrics metrics) {
            double[] r = rewards(outputs, config);
            double[] scores = g.scores();
            double[] slopes = new double[r.length];
            double value = loss.value(r, scores, slopes);
            spread(slopes, config, gradient);
            metrics.rewards(r);
            for (int i = 0; i < r.length; i++) {
                for (int j = 0; j < r.length; j++) {
                    if (scores[i] > scores[j]) {
                        metrics.pair(r[i], r[j]);
                    }
                }
            }
            return value;
        }

        @Override
        public void check(RewardGroup g, RewardConfig config) {
            if (g.group().responses().size() < 2 || !Arrays.stream(g.scores()).allMatch(Double::isFinite)) {
                throw new UserException("The objective " + name() + " needs lists of two or more responses with scores; the group at " + g.group().at()
                        + " has " + g.group().responses().size() + " responses with the scores " + Arrays.toString(g.scores()) + ".");
            }
        }
    }

    /** Over ratings. */
    record Ratings() implements RewardObjective {
        @Override
        public String name() {
            return new RegressionLoss().name();
        }

        @Override
        public double count(RewardGroup g) {
            return Arrays.stream(g.ratings()).flatMapToDouble(Arrays::stream).filter(x -> !Double.isNaN(x)).count();
        }

        @Override
        public double value(RewardGroup g, double[][] outputs, RewardConfig config, double[][] gradient, RewardMetrics metrics) {
            double n = count(g);
            if (n == 0) {
                return 0;
            }
            RewardEvaluation e = new RegressionLoss().evaluate(outputs, g.ratings());
            for (int i = 0; i < outputs.length; i++) {
                for (int a = 0; a < outputs[i].length; a++) {
                    gradient[i][a] = n * e.gradients()[i][a];
                    if (!Double.isNaN(g.ratings()[i][a])) {
                        metrics.rewards(outputs[i][a]);
                    }
                }
            }
            return n * e.loss();
        }

        @Override
        public void check(RewardGroup g, RewardConfig config) {
            if (g.ratings() == null || Arrays.stream(g.ratings()).anyMatch(r -> r.length != config.outputs().size())) {
                throw new UserException("The objective " + name() + " needs a rating of every response for each of " + config.outputs() + " (or none where it is not known);"
                        + " the group at " + g.group().at() + " has not got them.");
            }
        }
    }
}
