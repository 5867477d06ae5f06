package org.align4j.core.generate;

import java.util.List;

/**
 * What speculative decoding came to.
 *
 * @param results  as {@link Generator#generate} gives them
 * @param proposed tokens the draft model proposed
 * @param accepted how many of them became part of a continuation
 * @param rounds   looks of the target model at a continuation; each adds one token more than it accepts
 */
public record Speculation(List<Result> results, long proposed, long accepted, long rounds) {
    public Speculation {
        results = List.copyOf(results);
    }

    /** Share of the proposed tokens that were accepted; 0 where none was proposed. What followed a rejected one counts as not accepted. */
    public double acceptanceRate() {
        return proposed == 0 ? 0 : (double) accepted / proposed;
    }

    /** Tokens that a look of the target model yields on average. */
    public double tokensPerRound() {
        return rounds == 0 ? 0 : 1 + (double) accepted / rounds;
    }
}
