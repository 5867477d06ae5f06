package org.align4j.recipes.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.rewardmodels.evaluate.Interval;

/**
 * Which of some arms is best at a budget, and how sure that is.
 *
 * @param arms        compared; indices into the grid's arms, those without values left out
 * @param means       of each over seeds
 * @param probability of each to be the best of them, by {@link Draws}; NaN with fewer than two seeds
 * @param best        place in {@code arms} of the one with the best mean; −1 where there is none
 * @param alike       places of those that may be the best in truth, as far as seeds tell at 95 % for all of them together
 */
record Choice(double budget, int[] arms, Interval[] means, double[] probability, int best, List<Integer> alike) {

    static Choice of(Grid grid, Draws draws, int budget, int[] among) {
        int[] arms = Arrays.stream(among).filter(a -> grid.found(budget, a).length > 0).toArray();
        Interval[] means = Arrays.stream(arms).mapToObj(a -> grid.mean(budget, a)).toArray(Interval[]::new);
        int best = -1;
        for (int i = 0; i < arms.length; i++) {
            best = best < 0 || grid.sign() * means[i].value() > grid.sign() * means[best].value() ? i : best;
        }
        List<Integer> alike = new ArrayList<>();
        for (int i = 0; i < arms.length; i++) {
            if (i != best && !(grid.sign() * (means[best].value() - means[i].value()) > draws.lead(grid, budget, arms, arms[i]))) {
                alike.add(i);
            }
        }
        return new Choice(grid.budgets().get(budget), arms, means, draws.best(budget, arms, grid.sign()), best, alike);
    }

    boolean isEmpty() {
        return best < 0;
    }

    /** The best arm's index in the grid. */
    int arm() {
        return arms[best];
    }

    Interval expected() {
        return means[best];
    }

    double certainty() {
        return probability[best];
    }
}
