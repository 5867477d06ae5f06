package org.align4j.core.generate.internal;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.align4j.core.generate.FinishReason;
import org.align4j.core.generate.Result;

/** A sample in progress. */
final class Continuation {
    final Prompt prompt;
    final int sample;
    final int slot;
    final int start;
    final SplittableRandom random;
    /** Its tokens and the prompt's; null where nobody asks. */
    final Seen seen;
    int[] tokens = new int[16];
    double[] logProbs = new double[16];
    int count;
    /** Tokens proposed by a draft model, which stand behind the first {@link #count}. */
    int proposed;
    /** How many of the tokens the draft model's cache knows. */
    int drafted;

    /**
     * @param start     first of its rows in the cache
     * @param remembers whether to keep the set of tokens seen
     */
    Continuation(Prompt prompt, int sample, int slot, int start, boolean remembers) {
        this.prompt = prompt;
        this.sample = sample;
        this.slot = slot;
        this.start = start;
        this.random = new SplittableRandom(seed(prompt.request.seed(), sample));
        seen = remembers ? new Seen() : null;
        if (remembers) {
            for (int token : prompt.request.prompt()) {
                seen.add(token);
            }
        }
    }

    /** Neighbouring seeds and samples must not give neighbouring states: SplittableRandom's streams are one sequence entered at the seed. */
    static long seed(long request, int sample) {
        return mix(mix(request + 0x2545F4914F6CDD1DL) ^ mix(~(long) sample * 0xD1342543DE82EF95L));
    }

    private static long mix(long z) {
        z = (z ^ z >>> 32) * 0xD6E8FEB86659FD93L;
        z = (z ^ z >>> 32) * 0xD6E8FEB86659FD93L;
        return z ^ z >>> 32;
    }

    /** Puts a proposal behind the tokens and those proposed before it. */
    void propose(int token) {
        reserve(count + proposed + 1);
        tokens[count + proposed++] = token;
    }

    private void reserve(int n) {
        if (n > tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * n);
            logProbs = Arrays.copyOf(logProbs, 2 * n);
        }
    }

    void add(int token, double logProb) {
        reserve(count + 1);
        tokens[count] = token;
        logProbs[count++] = logProb;
        if (seen != null) {
            seen.add(token);
        }
    }

    Result result(FinishReason reason) {
        return new Result(prompt.index, sample, Arrays.copyOf(tokens, count), Arrays.copyOf(logProbs, count), reason);
    }
}
