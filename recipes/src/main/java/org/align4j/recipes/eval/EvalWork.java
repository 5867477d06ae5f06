package org.align4j.recipes.eval;

import java.util.List;
import java.util.Map;
import org.align4j.rewardmodels.evaluate.Bootstrap;

/** What an {@link EvalSpec} does. One object serves all models of a suite, one after the other. */
interface EvalWork {

    /** Reads the data as the model would be asked, which needs no weights, and says how much there is. */
    String look(Subject subject);

    /** What it measures of a model by itself, item by item, in the order of the data. */
    List<Item> measure(Subject subject);

    /** The figures items may have; those whose values are missing are left out. */
    List<Estimator> estimators(Bootstrap bootstrap);

    /** The model it wants again once all are measured; null for none. */
    default String again() {
        return null;
    }

    /** Measures the model it wanted again. */
    default void again(Subject subject) {}

    /** What is known only when all models are measured: comparisons, judgements. */
    default Map<String, List<Item>> complete(Map<String, List<Item>> measured, Completion completion) {
        return measured;
    }

    /**
     * The model that changes are from, if any.
     *
     * @param baseline the suite's; null where there is none
     */
    default java.util.Optional<String> from(Map<String, List<Item>> completed, String baseline) {
        return java.util.Optional.ofNullable(baseline).filter(completed::containsKey);
    }

    /** Name of the value that is 1 where an item is right, where there is one. */
    default java.util.Optional<String> right() {
        return java.util.Optional.empty();
    }

    /** The models in order, where it ranks them. */
    default java.util.Optional<Ranking> ranking(Map<String, List<Item>> completed, Bootstrap bootstrap) {
        return java.util.Optional.empty();
    }
}
