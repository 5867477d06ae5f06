package org.align4j.losses;

import java.util.List;

/**
 * What a loss has to know of a whole batch when it is given a part of it. Means are taken over these counts, so the values and gradients of the
 * parts add up to those of the batch, however it was cut.
 *
 * @param examples     examples (prompts)
 * @param responses    responses of all examples
 * @param targetTokens tokens of the first response of every example
 * @param tokens       tokens of all responses
 * @param promptTokens prompt tokens with a log-probability
 * @param state        what a loss with a running estimate carries from batch to batch; empty for all others
 */
public record Batch(long examples, long responses, long targetTokens, long tokens, long promptTokens, double[] state) {

    /** A batch that is given whole, before any state was collected. */
    public static Batch of(List<Example> all) {
        long responses = 0;
        long first = 0;
        long tokens = 0;
        long prompt = 0;
        for (Example e : all) {
            responses += e.responses().size();
            for (int r = 0; r < e.responses().size(); r++) {
                int n = e.responses().get(r).length();
                tokens += n;
                first += r == 0 ? n : 0;
            }
            prompt += e.prompt() == null ? 0 : e.prompt().length;
        }
        return new Batch(all.size(), responses, first, tokens, prompt, new double[0]);
    }

    /** The same counts with another state. */
    public Batch withState(double[] value) {
        return new Batch(examples, responses, targetTokens, tokens, promptTokens, value.clone());
    }
}
