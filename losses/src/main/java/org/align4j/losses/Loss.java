package org.align4j.losses;

import java.util.List;
import java.util.OptionalDouble;

/**
 * A training objective as a pure function of log-probabilities.
 *
 * <p>A loss keeps no state and never changes its input. Whatever is a mean is a mean over the whole {@link Batch}, so a batch may be evaluated in
 * parts: shares and gradients add up, and splitting changes nothing but rounding. A loss whose examples are coupled
 * ({@link Needs.Extra#BATCH}) has to be given the batch whole.
 */
public interface Loss {

    /** Name as in the literature and in recipes, for example {@code dpo}. */
    String name();

    /** What the caller has to provide. */
    Needs needs();

    /**
     * Evaluates the loss on some examples of a batch.
     *
     * @throws IllegalArgumentException when an example lacks what {@link #needs()} asks for, or a value is not finite; the message names the example
     */
    Evaluation evaluate(List<Example> part, Batch batch);

    /** Evaluates the loss on a whole batch. */
    default Evaluation evaluate(List<Example> batch) {
        return evaluate(batch, Batch.of(batch).withState(initialState()));
    }

    /** {@link Batch#state} of the first batch. */
    default double[] initialState() {
        return new double[0];
    }

    /**
     * ∂loss/∂(log-probability) where it is the same for every token of every single response whatever the log-probabilities are: it lets a trainer
     * walk the head once.
     */
    default OptionalDouble constantGradient(Batch batch) {
        return OptionalDouble.empty();
    }
}
