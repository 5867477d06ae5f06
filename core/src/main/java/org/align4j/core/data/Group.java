package org.align4j.core.data;

import java.util.Arrays;
import java.util.List;

/**
 * The one training record: a tokenised prompt and n ≥ 1 responses that continue it.
 * SFT is n = 1, a preference pair n = 2 with the chosen response first, a list n = K, unpaired data n = 1 with a label, or n = 2 where the
 * second belongs to another prompt.
 */
public record Group(Location at, int[] prompt, List<Response> responses) {
    public Group {
        responses = List.copyOf(responses);
        if (responses.isEmpty()) {
            throw new IllegalArgumentException("A group needs at least one response (" + at + ")");
        }
    }

    /**
     * One response.
     *
     * @param ids   token ids, end-of-turn token included where it was kept
     * @param score annotator's score (higher is better), NaN when unknown
     * @param label desirable or not for unpaired data, or null
     * @param ended whether the last token is the end-of-turn (or end-of-text) token
     * @param weights weight of every token in losses that weigh tokens, or null for 1
     */
    public record Response(int[] ids, double score, Boolean label, boolean ended, double[] weights) {
        public Response {
            if (weights != null && weights.length != ids.length) {
                throw new IllegalArgumentException("A response needs one weight per token: " + ids.length + " tokens, found " + weights.length + " weights");
            }
        }

        public Response(int[] ids, double score, Boolean label, boolean ended) {
            this(ids, score, label, ended, null);
        }

        /** The tokens {@code from … to−1} alone. */
        public Response part(int from, int to) {
            return new Response(Arrays.copyOfRange(ids, from, to), score, label, ended && to == ids.length,
                    weights == null ? null : Arrays.copyOfRange(weights, from, to));
        }
    }

    /** Tokens held once the prompt is shared. */
    public int tokens() {
        int n = prompt.length;
        for (Response r : responses) {
            n += r.ids().length;
        }
        return n;
    }

    /** Tokens as the user counts them: the prompt once for every response. */
    public int tokensUnshared() {
        int n = 0;
        for (Response r : responses) {
            n += prompt.length + r.ids().length;
        }
        return n;
    }
}
