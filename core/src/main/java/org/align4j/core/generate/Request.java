package org.align4j.core.generate;

/**
 * A prompt to continue.
 *
 * @param prompt  token ids, at least one; not copied, must not change while the request is in use
 * @param samples continuations wanted, at least one; with greedy decoding they are all the same
 * @param seed    the samples' random streams are derived from it and from the index of the sample, and from nothing else: two requests
 *                with one prompt and one seed give the same continuations
 */
public record Request(int[] prompt, int samples, long seed) {
    public Request {
        if (prompt.length == 0) {
            throw new IllegalArgumentException("A prompt needs at least one token (a beginning-of-text token will do), got none");
        }
        if (samples < 1) {
            throw new IllegalArgumentException("samples must be at least 1, got " + samples);
        }
    }

    /** One continuation. */
    public static Request of(int[] prompt, long seed) {
        return new Request(prompt, 1, seed);
    }
}
