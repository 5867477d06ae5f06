package org.align4j.losses;

/**
 * What a loss asks of its caller.
 *
 * @param reference  whether reference log-probabilities must be given; a loss without a reference loads none
 * @param arity      how many responses an example has
 * @param normalizer what the summed loss is divided by
 * @param batchWide  whether examples are coupled, so that the whole batch has to be evaluated at once
 */
public record Needs(boolean reference, Arity arity, Normalizer normalizer, boolean batchWide) {

    /** Responses per example. */
    public enum Arity { SINGLE, PAIR, LIST, UNPAIRED }

    /** Global count that divides the sum. */
    public enum Normalizer { EXAMPLES, TOKENS }
}
