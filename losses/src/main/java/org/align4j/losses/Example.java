package org.align4j.losses;

import java.util.List;

/**
 * A prompt's responses as a loss sees them. In a pair the chosen response comes first.
 *
 * @param responses the responses
 * @param prompt    log-probabilities of the prompt's tokens from the second one on, or null where nobody asked for them
 */
public record Example(List<Response> responses, double[] prompt) {
    public Example {
        responses = List.copyOf(responses);
    }

    public Example(List<Response> responses) {
        this(responses, null);
    }

    /** A pair of responses. */
    public static Example pair(Response chosen, Response rejected) {
        return new Example(List.of(chosen, rejected));
    }

    /**
     * One response.
     *
     * @param logProbs  log π(token | what precedes it) of every response token, nats
     * @param reference the same under the reference policy, or null when there is none
     * @param score     annotator's score (higher is better), NaN when unknown
     * @param label     desirable or not for unpaired data, or null
     * @param weights   weight of every token in losses that weigh tokens, or null for 1
     * @param collision log Σ_v π(v | what precedes)² over the vocabulary at every token's place, or null where nobody asked for it
     */
    public record Response(double[] logProbs, double[] reference, double score, Boolean label, double[] weights, double[] collision) {

        public Response(double[] logProbs, double[] reference, double score, Boolean label) {
            this(logProbs, reference, score, label, null, null);
        }

        public Response(double[] logProbs, double[] reference) {
            this(logProbs, reference, Double.NaN, null);
        }

        /** Number of tokens. */
        public int length() {
            return logProbs.length;
        }

        /** Σ_t log π(y_t). */
        public double sum() {
            return sum(logProbs);
        }

        /** Σ_t log π_ref(y_t). */
        public double referenceSum() {
            return sum(reference);
        }

        public Response withScore(double value) {
            return new Response(logProbs, reference, value, label, weights, collision);
        }

        public Response withLabel(boolean value) {
            return new Response(logProbs, reference, score, value, weights, collision);
        }

        public Response withWeights(double[] value) {
            return new Response(logProbs, reference, score, label, value, collision);
        }

        public Response withCollision(double[] value) {
            return new Response(logProbs, reference, score, label, weights, value);
        }

        private static double sum(double[] values) {
            double s = 0;
            for (double v : values) {
                s += v;
            }
            return s;
        }
    }
}
