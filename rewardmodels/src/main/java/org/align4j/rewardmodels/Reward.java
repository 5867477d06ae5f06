package org.align4j.rewardmodels;

import java.util.List;

/**
 * Gives responses a number: more is better. A reward model, a verifier, a ranker against a baseline, a sum of several.
 *
 * <p>Not for several threads at once unless an implementation says so.
 */
public interface Reward extends AutoCloseable {

    /**
     * One score for every answer of every question, in their order. Scores do not depend on what else is asked in the same call, but for the rounding
     * of a model's products.
     *
     * @throws org.align4j.core.UserException when a question lacks what this reward needs, a reference answer for instance, or a score would not be finite
     */
    List<double[]> score(List<Question> questions);

    /** What it is in a few words, for reports: {@code reward model runs/rm/model}. */
    String name();

    /** Identity of all that scores depend on (weights, settings) as lower-case hexadecimal SHA-256: where it is the same, scores may be reused. */
    String digest();

    @Override
    default void close() {}
}
