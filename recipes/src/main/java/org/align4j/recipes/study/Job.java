package org.align4j.recipes.study;

import java.util.List;
import org.align4j.recipes.eval.Figure;

/**
 * A piece of work of a study, done by one process: training, measuring, or both.
 *
 * @param name    unique in the study
 * @param recipe  file with the recipe
 * @param given   for each of the recipe's first stages that another run has done, where that run left it
 * @param train   whether the rest of the recipe is to be run
 * @param measure directory of a model to measure; empty for what the recipe starts from; null for nothing
 * @param seed    of sampled answers
 */
record Job(String name, String recipe, List<String> given, boolean train, String measure, long seed) {

    /**
     * What came of it.
     *
     * @param figures empty where nothing was to be measured
     * @param error   what went wrong, or null
     * @param user    whether that is something the user can mend
     * @param stopped whether it was asked to stop; it goes on from there when it is done again
     */
    record Outcome(String name, List<Figure> figures, double seconds, String error, boolean user, boolean stopped) {
        static Outcome failed(String name, String error, boolean user) {
            return new Outcome(name, List.of(), 0, error, user, false);
        }

        static Outcome stopped(String name) {
            return new Outcome(name, List.of(), 0, null, false, true);
        }
    }
}
