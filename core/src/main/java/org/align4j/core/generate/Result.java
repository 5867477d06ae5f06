package org.align4j.core.generate;

import java.util.Arrays;

/**
 * One continuation.
 *
 * @param request  index of the request in the list given to the generator
 * @param sample   index of the sample within the request
 * @param tokens   what was sampled, the stop token included where there is one
 * @param logProbs log-probability of every token under the model itself, in nats: temperature 1, nothing cut off
 * @param reason   why it stopped
 */
public record Result(int request, int sample, int[] tokens, double[] logProbs, FinishReason reason) {
    public Result {
        if (tokens.length != logProbs.length) {
            throw new IllegalArgumentException(tokens.length + " tokens but " + logProbs.length + " log-probabilities");
        }
    }

    /** Whether it came to an end of its own, rather than being cut at the most tokens allowed. */
    public boolean ended() {
        return reason != FinishReason.LENGTH;
    }

    /** The tokens without a stop token at the end, as text should be made of. */
    public int[] content() {
        return reason == FinishReason.STOP_TOKEN ? Arrays.copyOf(tokens, tokens.length - 1) : tokens.clone();
    }

    /** Sum of the log-probabilities. */
    public double logProb() {
        return Arrays.stream(logProbs).sum();
    }
}
