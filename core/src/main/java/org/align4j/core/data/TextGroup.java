package org.align4j.core.data;

import java.util.List;

/** A row of a data file in the one shape everything becomes: a prompt and n ≥ 0 responses (0: prompts only, for generation). */
public record TextGroup(Location at, Text prompt, List<Response> responses) {
    public TextGroup {
        responses = List.copyOf(responses);
    }

    /**
     * One response and what is known of it.
     *
     * @param score the annotator's score, rank turned into a score (higher is better), or NaN when unknown; in a pair the chosen has 1, the rejected 0
     * @param label desirable or not for unpaired data, or null
     */
    public record Response(Text text, double score, Boolean label) {}
}
