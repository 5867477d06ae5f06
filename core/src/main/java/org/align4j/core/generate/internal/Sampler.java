package org.align4j.core.generate.internal;

import java.util.SplittableRandom;
import org.align4j.core.UserException;
import org.align4j.core.generate.SamplingOptions;

/**
 * Chooses a token from logits. Holds scratch memory, so one per thread.
 *
 * <p>The token is found by walking the cumulative distribution in order of ids, never of probabilities: two almost equal logits that change
 * places through rounding then shift boundaries by as little as the rounding.
 */
final class Sampler {
    /** Below e to this power of the largest, a weight is lost in the rounding of a sum. */
    private static final double NEGLIGIBLE = -60;

    private final SamplingOptions options;
    private final int vocabulary;
    private final boolean cut;
    private final double[] weights;
    private final TopSet top;
    /** Log-probability of the token chosen last. */
    double logProb;

    Sampler(SamplingOptions options, int vocabulary) {
        this.options = options;
        this.vocabulary = vocabulary;
        this.cut = options.topK() > 0 && options.topK() < vocabulary || options.topP() < 1;
        this.weights = options.isGreedy() ? null : new double[vocabulary];
        this.top = cut && !options.isGreedy() ? new TopSet(vocabulary) : null;
    }

    /** Chooses from {@code logits[from … from + vocabulary)}. Greedy decoding draws no random number. */
    int choose(float[] logits, int from, SplittableRandom random) {
        int best = best(logits, from);
        float max = logits[from + best];
        double total = 0;
        boolean keep = options.temperature() == 1;
        for (int i = 0; i < vocabulary; i++) {
            double d = (double) logits[from + i] - max;
            double w = d < NEGLIGIBLE ? 0 : Math.exp(d);
            total += w;
            if (keep) {
                weights[i] = w;
            }
        }
        if (!(max < Float.POSITIVE_INFINITY && total < Double.POSITIVE_INFINITY)) {
            throw new UserException("The model gave logits that are not finite, so nothing can be sampled from it; its weights hold NaN or"
                    + " have diverged. Go back to an earlier checkpoint or lower the learning rate.");
        }
        int token = options.isGreedy() ? best : draw(logits, from, max, random);
        logProb = (double) logits[from + token] - max - Math.log(total);
        return token;
    }

    private int best(float[] logits, int from) {
        int best = 0;
        float max = logits[from];
        for (int i = 1; i < vocabulary; i++) {
            if (logits[from + i] > max) {
                max = logits[from + i];
                best = i;
            }
        }
        return best;
    }

    private int draw(float[] logits, int from, float max, SplittableRandom random) {
        if (options.temperature() != 1) {
            for (int i = 0; i < vocabulary; i++) {
                double d = ((double) logits[from + i] - max) / options.temperature();
                weights[i] = d < NEGLIGIBLE ? 0 : Math.exp(d);
            }
        }
        if (cut) {
            top.load(logits, from, vocabulary);
            top.keep(options.topK() > 0 ? options.topK() : vocabulary, weights, options.topP());
            top.clearOthers(weights);
        }
        double total = 0;
        for (int i = 0; i < vocabulary; i++) {
            if (weights[i] < options.minP()) {
                weights[i] = 0;
            }
            total += weights[i];
        }
        double left = random.nextDouble() * total;
        int last = -1;
        for (int i = 0; i < vocabulary; i++) {
            if (weights[i] > 0) {
                last = i;
                left -= weights[i];
                if (left < 0) {
                    return i;
                }
            }
        }
        return last;
    }
}
