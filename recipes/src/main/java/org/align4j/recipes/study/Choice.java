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
    private static final double TOLD = 0.95;

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

    /** How surely the best mean belongs to the best arm; no surer than {@value #TOLD} while another is not told from it. */
    double certainty() {
        return alike.isEmpty() ? probability[best] : Math.min(probability[best], TOLD);
    }

    /**
     * The same, read between measured budgets: no surer than the least sure of those, intervals at least as wide as the line between their half-widths, and what is not told
     * apart there is not told apart here.
     *
     * @param measured choices at the budgets around
     * @param halves   half-widths on the line, in the order of {@code arms}
     */
    Choice between(List<Choice> measured, double[] halves) {
        Interval[] wide = new Interval[means.length];
        for (int i = 0; i < wide.length; i++) {
            double half = Math.max(means[i].half(), halves[i]);
            wide[i] = new Interval(means[i].value(), means[i].value() - half, means[i].value() + half);
        }
        double cap = measured.stream().mapToDouble(c -> c.isEmpty() ? Double.NaN : c.certainty()).reduce(1, Math::min);
        double[] capped = probability.clone();
        capped[best] = Math.min(probability[best], cap);
        for (int i = 0; i < capped.length; i++) {
            capped[i] += i == best ? 0 : (probability[best] - capped[best]) / (capped.length - 1);
        }
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < arms.length; i++) {
            int arm = arms[i];
            if (i != best && (alike.contains(i) || measured.stream().anyMatch(c -> c.open(arm)))) {
                open.add(i);
            }
        }
        return new Choice(budget, arms, wide, capped, best, open);
    }

    /** Whether an arm may be the best. */
    private boolean open(int arm) {
        return !isEmpty() && (arm() == arm || alike.stream().anyMatch(i -> arms[i] == arm));
    }
}
