package org.align4j.core.generate.internal;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A distribution over the vocabulary: weights that need not sum to one, or a single token (greedy decoding).
 *
 * <p>A token is found by walking the cumulative distribution in order of ids, never of probabilities: two almost equal logits that change
 * places through rounding then shift boundaries by as little as the rounding.
 */
final class Law {
    /** Weights summed up beforehand, so that a walk passes over so many at once. */
    private static final int BLOCK = 1024;
    private final float[] weights;
    private final double[] sums;
    private double total;
    private int only;

    /** @param vocabulary 0 for laws of a single token */
    Law(int vocabulary) {
        weights = new float[vocabulary];
        sums = new double[(vocabulary + BLOCK - 1) / BLOCK];
    }

    /** Weights to be written, and then to be {@link #summed}. */
    float[] weights() {
        return weights;
    }

    /** Takes notice of the weights; returns their sum. */
    double summed() {
        total = 0;
        for (int b = 0; b < sums.length; b++) {
            sums[b] = sum(weights, b * BLOCK, Math.min(weights.length, (b + 1) * BLOCK));
            total += sums[b];
        }
        only = -1;
        return total;
    }

    /** Four sums at a time, for an addition waits for the one before. */
    private static double sum(float[] x, int from, int to) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = from;
        for (; i + 4 <= to; i += 4) {
            a += x[i];
            b += x[i + 1];
            c += x[i + 2];
            d += x[i + 3];
        }
        for (; i < to; i++) {
            a += x[i];
        }
        return a + b + (c + d);
    }

    /** Sum of the weights when they were {@link #summed}. */
    double total() {
        return total;
    }

    /** All probability on one token. */
    void only(int token) {
        only = token;
    }

    double probability(int token) {
        return only >= 0 ? token == only ? 1 : 0 : weights[token] / total;
    }

    /** A token; a law of a single token draws no random number. */
    int draw(SplittableRandom random) {
        return only >= 0 ? only : walk(random.nextDouble() * total);
    }

    private int walk(double from) {
        double left = from;
        int block = 0;
        while (block < sums.length - 1 && left >= sums[block]) {
            left -= sums[block++];
        }
        for (int i = block * BLOCK; i < weights.length; i++) {
            if (weights[i] > 0) {
                left -= weights[i];
                if (left < 0) {
                    return i;
                }
            }
        }
        return last();
    }

    /** What a random number next to one comes to when rounding leaves it beyond the end. */
    private int last() {
        for (int i = weights.length - 1; i >= 0; i--) {
            if (weights[i] > 0) {
                return i;
            }
        }
        throw new IllegalStateException("A distribution without any weight");
    }

    /** Becomes the part of {@code p} that exceeds {@code q}: (p − q)₊, not normalised. Where rounding leaves nothing of it, it becomes p. */
    void excess(Law p, Law q) {
        if (p.only >= 0) {
            only(p.only);
            return;
        }
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) Math.max(0, p.weights[i] / p.total - q.probability(i));
        }
        if (!(summed() > 0)) {
            System.arraycopy(p.weights, 0, weights, 0, weights.length);
            summed();
        }
    }

    /** Keeps the weights of some tokens only. */
    void keep(int[] tokens, float[] kept, int count) {
        Arrays.fill(weights, 0f);
        for (int i = 0; i < count; i++) {
            weights[tokens[i]] = kept[i];
        }
    }
}
