package org.align4j.core.generate.internal;

import java.util.Arrays;
import java.util.BitSet;

/** The distinct tokens of a sequence, in the order in which they came. */
final class Seen {
    private final BitSet members = new BitSet();
    private int[] tokens = new int[64];
    private int count;

    void add(int token) {
        if (members.get(token)) {
            return;
        }
        members.set(token);
        if (count == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * count);
        }
        tokens[count++] = token;
    }

    int count() {
        return count;
    }

    /** Forgets what came after the first {@code n}. */
    void backTo(int n) {
        while (count > n) {
            members.clear(tokens[--count]);
        }
    }

    /** Divides what is positive among the logits of these tokens by the penalty and multiplies what is negative. */
    void penalize(float[] logits, double penalty) {
        for (int i = 0; i < count; i++) {
            float x = logits[tokens[i]];
            logits[tokens[i]] = (float) (x < 0 ? x * penalty : x / penalty);
        }
    }
}
