package org.align4j.rewardmodels.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.rewardmodels.internal.Logistic;

/**
 * Whether σ(r_w − r_l), by the model of Bradley and Terry the probability that the chosen response is the better one, is right as a probability.
 *
 * @param bins        ten bins of the confidence max(σ, 1 − σ), from ½ to 1: the reliability curve
 * @param ece         expected calibration error: Σ_b (n_b ÷ n) · |accuracy_b − confidence_b|
 * @param brier       mean of (1 − σ)²; ¼ for a reward that says nothing
 * @param logLoss     mean of −ln σ in nats; ln 2 for a reward that says nothing
 * @param auroc       of σ as a classifier of ordered pairs, each pair once in either order: the share of i, j with margin_i + margin_j > 0, ties ½
 * @param temperature T for which σ((r_w − r_l) ÷ T) has the least log-loss; NaN where none is finite and positive (no pair wrong, or no better than chance)
 */
public record Calibration(List<Bin> bins, double ece, double brier, double logLoss, double auroc, double temperature) {
    private static final int BINS = 10;

    public Calibration {
        bins = List.copyOf(bins);
    }

    /**
     * One bin.
     *
     * @param low        its lower confidence
     * @param high       its upper confidence
     * @param confidence mean in the bin; NaN without pairs
     * @param accuracy   share of right pairs in it
     */
    public record Bin(double low, double high, double confidence, Rate accuracy) {}

    /** Of margins r_w − r_l. */
    public static Calibration of(double[] margins) {
        double loss = 0;
        for (double m : margins) {
            loss += Logistic.softplus(-m);
        }
        int n = margins.length;
        return new Calibration(bins(margins), ece(margins), brier(margins), loss / n, auroc(margins), temperature(margins));
    }

    /** The calibration error alone; NaN without margins. */
    public static double ece(double[] margins) {
        return ece(Arrays.stream(margins).map(m -> Logistic.sigmoid(Math.abs(m))).toArray(), Arrays.stream(margins).map(m -> Vote.of(m).agreement(Vote.CHOSEN)).toArray(), 0.5);
    }

    /**
     * Σ_b (n_b ÷ n) · |accuracy_b − confidence_b| over ten bins of confidence of equal width; NaN without answers.
     *
     * @param confidence in the answer that was taken
     * @param right      whether it was right: 1 or 0, ½ for a tie
     * @param least      the least confidence there can be, where the first bin begins
     */
    public static double ece(double[] confidence, double[] right, double least) {
        double[] gap = new double[BINS];
        for (int i = 0; i < confidence.length; i++) {
            gap[bin(confidence[i], least)] += right[i] - confidence[i];
        }
        return confidence.length == 0 ? Double.NaN : Arrays.stream(gap).map(Math::abs).sum() / confidence.length;
    }

    private static int bin(double confidence, double least) {
        return Math.min(BINS - 1, (int) ((confidence - least) / (1 - least) * BINS));
    }

    /** The Brier score alone; NaN without margins. */
    public static double brier(double... margins) {
        double sum = 0;
        for (double m : margins) {
            sum += Logistic.sigmoid(-m) * Logistic.sigmoid(-m);
        }
        return sum / margins.length;
    }

    private static List<Bin> bins(double[] margins) {
        Rate.Count[] counts = new Rate.Count[BINS];
        Arrays.setAll(counts, i -> new Rate.Count());
        double[] sums = new double[BINS];
        for (double m : margins) {
            double confidence = Logistic.sigmoid(Math.abs(m));
            int bin = bin(confidence, 0.5);
            counts[bin].add(Vote.of(m).agreement(Vote.CHOSEN));
            sums[bin] += confidence;
        }
        List<Bin> bins = new ArrayList<>();
        for (int b = 0; b < BINS; b++) {
            Rate accuracy = counts[b].rate();
            bins.add(new Bin(0.5 + 0.5 * b / BINS, 0.5 + 0.5 * (b + 1) / BINS, sums[b] / accuracy.n(), accuracy));
        }
        return bins;
    }

    /** P(margin_i > −margin_j) + ½ P(=) over all i, j. */
    public static double auroc(double[] margins) {
        double[] sorted = margins.clone();
        Arrays.sort(sorted);
        double sum = 0;
        for (double m : margins) {
            // Of −0 and 0, which the order tells apart, neither is the greater.
            int below = first(sorted, -m, false);
            int upTo = first(sorted, -m, true);
            sum += sorted.length - upTo + (upTo - below) / 2.0;
        }
        return sum / margins.length / margins.length;
    }

    /** The first index whose value is at least v, or, beyond, greater. */
    private static int first(double[] sorted, double v, boolean beyond) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle] > v || !beyond && sorted[middle] == v) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** The log-loss is convex in s = 1 ÷ T; its slope Σ −m σ(−s m) is brought to 0 by halving. */
    private static double temperature(double[] margins) {
        double low = 0;
        double high = 1;
        if (Arrays.stream(margins).allMatch(m -> m >= 0) || slope(margins, 0) >= 0) {
            return Double.NaN;
        }
        while (slope(margins, high) < 0) {
            low = high;
            high *= 2;
        }
        for (int i = 0; i < 200; i++) {
            double middle = (low + high) / 2;
            if (slope(margins, middle) < 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return 2 / (low + high);
    }

    private static double slope(double[] margins, double s) {
        double sum = 0;
        for (double m : margins) {
            sum -= m * Logistic.sigmoid(-s * m);
        }
        return sum;
    }
}
