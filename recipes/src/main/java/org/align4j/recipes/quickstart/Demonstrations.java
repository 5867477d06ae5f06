package org.align4j.recipes.quickstart;

import java.util.List;
import java.util.random.RandomGenerator;

/** Solutions to finetune on: all of them right and in the wanted form, but some of their authors work the problem out and some write the answer at once. */
final class Demonstrations {
    private Demonstrations() {}

    /**
     * @param terse part of the demonstrations that are nothing but the answer
     */
    static List<String> of(List<Problem> problems, double terse, RandomGenerator random) {
        return problems.stream().map(p -> random.nextDouble() < terse ? " #### " + p.answer() : p.solution()).toList();
    }
}
