package org.align4j.core.data;

/**
 * A prompt and one response as token ids with an exact boundary.
 *
 * @param ended whether {@code response} closes with the end-of-turn (or end-of-text) token
 */
public record Encoding(int[] prompt, int[] response, boolean ended) {}
