package org.align4j.losses;

import java.util.List;
import java.util.OptionalDouble;

/**
 * A training objective as a pure function of log-probabilities.
 *
 * <p>A loss keeps no state and never changes its input. Values and gradients are <em>sums</em> over the examples (or tokens) it was given;
 * whoever calls it divides once by the global count of {@link Needs#normalizer()}, so that splitting a batch changes nothing but rounding.
 */
public interface Loss {

    /** Name as in the literature and in recipes, for example {@code dpo}. */
    String name();

    /** What the caller has to provide. */
    Needs needs();

    /**
     * Evaluates the loss on some examples.
     *
     * @throws IllegalArgumentException when an example lacks what {@link #needs()} asks for, or a value is not finite; the message names the example
     */
    Evaluation evaluate(List<Example> examples);

    /**
     * ∂loss/∂(log-probability) where it is the same for every token of a single response whatever the log-probabilities are: it lets a trainer
     * walk the head once.
     */
    default OptionalDouble constantGradient() {
        return OptionalDouble.empty();
    }
}
