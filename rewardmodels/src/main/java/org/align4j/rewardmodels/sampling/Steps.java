package org.align4j.rewardmodels.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Solutions as steps, for preference pairs about the step where a wrong solution goes astray. The value of the first i steps is the part of rollouts
 * from there that come to the right answer, Q_i; the pit is the first step whose value is the lowest, and the wrong prefix ends with it. Setlur et al.,
 * <a href="https://arxiv.org/abs/2406.14532">RL on Incorrect Synthetic Data</a> (2024).
 */
public final class Steps {
    /** Lines: the line feeds behind a step belong to it. */
    public static final Pattern LINES = Pattern.compile("\\n+");

    private Steps() {}

    /**
     * The steps of a solution; joined they are the solution again.
     *
     * @param boundary what ends a step and belongs to it; must not match nothing
     */
    public static List<String> split(String solution, Pattern boundary) {
        List<String> steps = new ArrayList<>();
        Matcher m = boundary.matcher(solution);
        int from = 0;
        while (m.find()) {
            if (m.end() == m.start()) {
                throw new IllegalArgumentException("What ends a step must not match nothing, found the expression " + boundary);
            }
            // Blank text is no step of its own: it joins the one behind it.
            if (!solution.substring(from, m.start()).isBlank()) {
                steps.add(solution.substring(from, m.end()));
                from = m.end();
            }
        }
        String rest = solution.substring(from);
        if (!rest.isBlank()) {
            steps.add(rest);
        } else if (!rest.isEmpty() && !steps.isEmpty()) {
            steps.set(steps.size() - 1, steps.get(steps.size() - 1) + rest);
        }
        return steps;
    }

    /**
     * The step where it goes wrong: the first of those with the lowest value.
     *
     * @param values Q_1 … Q_n, the value after each step, in [0, 1]
     * @return from 0
     */
    public static int pit(double[] values) {
        Rewards.require(values);
        int pit = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] < values[pit]) {
                pit = i;
            }
        }
        return pit;
    }
}
