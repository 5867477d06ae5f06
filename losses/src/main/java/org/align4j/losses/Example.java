package org.align4j.losses;

import java.util.List;

/** A prompt's responses as a loss sees them. In a pair the chosen response comes first. */
public record Example(List<Response> responses) {
    public Example {
        responses = List.copyOf(responses);
    }

    /**
     * One response.
     *
     * @param logProbs  log π(token | what precedes it) of every response token, nats
     * @param reference the same under the reference policy, or null when there is none
     * @param score     annotator's score (higher is better), NaN when unknown
     * @param label     desirable or not for unpaired data, or null
     */
    public record Response(double[] logProbs, double[] reference, double score, Boolean label) {

        public Response(double[] logProbs, double[] reference) {
            this(logProbs, reference, Double.NaN, null);
        }

        /** Σ_t log π(y_t). */
        public double sum() {
            return sum(logProbs);
        }

        /** Σ_t log π_ref(y_t). */
        public double referenceSum() {
            return sum(reference);
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
