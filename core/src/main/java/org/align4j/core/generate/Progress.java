package org.align4j.core.generate;

/**
 * How far a call has come.
 *
 * @param done            continuations finished
 * @param total           continuations asked for
 * @param live            continuations in the batch now
 * @param tokens          tokens sampled so far
 * @param tokensPerSecond of the whole call so far
 */
public record Progress(int done, int total, int live, long tokens, double tokensPerSecond) {}
