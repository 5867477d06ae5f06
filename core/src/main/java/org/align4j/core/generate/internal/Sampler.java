package org.align4j.core.generate.internal;

import java.util.Arrays;
import org.align4j.core.UserException;
import org.align4j.core.backend.internal.host.Exponentials;
import org.align4j.core.backend.internal.host.Workers;
import org.align4j.core.generate.SamplingOptions;

/** Makes of logits the distribution that a token is drawn from. Holds scratch memory, so one per thread. */
final class Sampler {
    /** Buckets that logits are counted in, and buckets for a difference of one. */
    private static final int BUCKETS = 256;
    private static final float FINENESS = 8;
    /** A factor that keeps 0 times it from becoming NaN. */
    private static final double STEEPEST = 1e30;
    /** Fewest exponentials worth a thread of their own. */
    private static final int GRAIN = 1 << 13;

    private final SamplingOptions options;
    private final int vocabulary;
    private final boolean few;
    /** Whether the model's own distribution is the one drawn from. */
    private final boolean plain;
    private final Law model;
    private final Law law;
    private Law rest;
    private final float[] penalized;
    private final TopSet top;
    private final int[] candidates;
    private final float[] kept;
    private final int[] counts = new int[BUCKETS];
    private float[] logits;
    private int from;
    private double logTotal;

    Sampler(SamplingOptions options, int vocabulary) {
        this.options = options;
        this.vocabulary = vocabulary;
        few = options.topK() > 0 && options.topK() < vocabulary;
        plain = options.temperature() == 1 && !options.penalizes();
        model = new Law(plain ? 0 : vocabulary);
        law = new Law(options.isGreedy() ? 0 : vocabulary);
        penalized = new float[options.penalizes() ? vocabulary : 0];
        boolean cut = !options.isGreedy() && (few || options.topP() < 1);
        top = new TopSet(cut ? vocabulary : 0);
        candidates = new int[cut ? vocabulary : 0];
        kept = new float[cut ? vocabulary : 0];
    }

    /** A law that {@link #read} can fill: this sampler's own, which the next user of it will fill anew. */
    Law law() {
        return law;
    }

    /** A second law of this sampler's own. */
    Law rest() {
        if (rest == null) {
            rest = new Law(options.isGreedy() ? 0 : vocabulary);
        }
        return rest;
    }

    /**
     * Fills the law of the next token.
     *
     * @param row  where the logits start
     * @param seen the tokens of the sequence so far; only looked at with a repetition penalty
     */
    void read(float[] all, int row, Seen seen, Law law) {
        logits = all;
        from = row;
        int best = best(all, row);
        float max = all[row + best];
        Law whole = plain ? law : model;
        exponentials(all, row, max, 1f, whole);
        double total = whole.summed();
        if (!(max < Float.POSITIVE_INFINITY && total < Double.POSITIVE_INFINITY)) {
            throw new UserException("The model gave logits that are not finite, so nothing can be sampled from it; its weights hold NaN or"
                    + " have diverged. Go back to an earlier checkpoint or lower the learning rate.");
        }
        logTotal = max + Math.log(total);
        if (!options.penalizes()) {
            law(all, row, best, law);
            return;
        }
        System.arraycopy(all, row, penalized, 0, vocabulary);
        seen.penalize(penalized, options.repetitionPenalty());
        law(penalized, 0, best(penalized, 0), law);
    }

    /** On all threads where this sampler is the only one at work, else on this one. */
    private void exponentials(float[] all, int row, float max, float factor, Law to) {
        Workers.parallel(vocabulary, GRAIN, (a, b) -> Exponentials.run(all, row + a, b - a, max, factor, to.weights(), a));
    }

    /** Log-probability under the model itself of a token after what was read last. */
    double logProb(int token) {
        return logits[from + token] - logTotal;
    }

    private int best(float[] all, int row) {
        int best = 0;
        float max = all[row];
        for (int i = 1; i < vocabulary; i++) {
            if (all[row + i] > max) {
                max = all[row + i];
                best = i;
            }
        }
        return best;
    }

    private void law(float[] all, int row, int best, Law law) {
        if (options.isGreedy()) {
            law.only(best);
            return;
        }
        if (!plain) {
            exponentials(all, row, all[row + best], (float) Math.min(STEEPEST, 1 / options.temperature()), law);
            law.summed();
        }
        if (few || options.topP() < 1) {
            cut(all, row, best, law);
        } else if (options.minP() > 0) {
            float[] w = law.weights();
            for (int i = 0; i < vocabulary; i++) {
                w[i] = w[i] < options.minP() ? 0 : w[i];
            }
            law.summed();
        }
    }

    private void cut(float[] all, int row, int best, Law law) {
        int n = few ? largest(all, row, all[row + best]) : heaviest(law);
        top.load(all, row, candidates, n);
        if (few) {
            top.keep(options.topK());
            top.keep(law.weights(), options.topP(), Double.NaN);
        } else {
            top.keep(law.weights(), options.topP(), law.total());
        }
        int count = 0;
        for (int i = 0; i < top.count(); i++) {
            int token = top.id(i);
            float w = law.weights()[token];
            if (w >= options.minP()) {
                candidates[count] = token;
                kept[count++] = w;
            }
        }
        law.keep(candidates, kept, count);
        law.summed();
    }

    /** Candidates among which the {@code topK} largest logits are. */
    private int largest(float[] all, int row, float max) {
        Arrays.fill(counts, 0);
        for (int i = 0; i < vocabulary; i++) {
            counts[bucket(max, all[row + i])]++;
        }
        int last = 0;
        for (int sum = counts[0]; sum < options.topK(); sum += counts[last]) {
            last++;
        }
        int n = 0;
        for (int i = 0; i < vocabulary; i++) {
            if (bucket(max, all[row + i]) <= last) {
                candidates[n++] = i;
            }
        }
        return n;
    }

    private static int bucket(float max, float x) {
        return (int) Math.min(BUCKETS - 1f, (max - x) * FINENESS);
    }

    /**
     * Candidates among which the fewest tokens are that hold {@code topP}: all others together weigh less than what may be left out. A hundredth of that
     * is kept back for the rounding of weights.
     */
    private int heaviest(Law law) {
        float[] w = law.weights();
        double least = 0.99 * (1 - options.topP()) * law.total() / vocabulary;
        int n = 0;
        for (int i = 0; i < vocabulary; i++) {
            if (w[i] >= least) {
                candidates[n++] = i;
            }
        }
        return n;
    }
}
