package org.align4j.rewardmodels.selection;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;
import org.align4j.core.UserException;

/** Which rows stay, by their scores. A row without a score never does. */
public sealed interface Choice {

    /** Whether each row stays. */
    boolean[] of(double[] scores);

    /** Why a row with this score does not, in words. */
    String words();

    /**
     * The rows from one share to another of all that have scores, the lowest first: [0, 0.25] is the lowest quarter. With n rows those of rank ⌊n·from + ½⌋ to
     * ⌊n·to + ½⌋ − 1, equal scores in their order.
     */
    record Band(double from, double to) implements Choice {
        public Band {
            if (!(from >= 0 && from < to && to <= 1)) {
                throw new IllegalArgumentException("A band runs between two shares 0 <= from < to <= 1, found " + from + " to " + to);
            }
        }

        @Override
        public boolean[] of(double[] scores) {
            int[] order = ascending(scores);
            boolean[] kept = new boolean[scores.length];
            for (long i = Math.round(order.length * from); i < Math.round(order.length * to); i++) {
                kept[order[(int) i]] = true;
            }
            return kept;
        }

        @Override
        public String words() {
            return String.format(Locale.ROOT, "not between the shares %s and %s of all", from, to);
        }
    }

    /**
     * So many rows, or a share of those that have scores, rounded to the nearest number: the lowest, the middle or the highest. Of equal scores at the edge the first rows
     * stay, of the middle those in the middle.
     *
     * @param count at least 1, or 0 where a share is given
     * @param share in (0, 1], or 0 where a count is given
     */
    record Some(int count, double share, Where where) implements Choice {
        public Some {
            Objects.requireNonNull(where, "where");
            if (!(count > 0 && share == 0 || count == 0 && share > 0 && share <= 1)) {
                throw new IllegalArgumentException("A count of at least 1 or a share in (0, 1] is kept, found " + count + " and " + share);
            }
        }

        @Override
        public boolean[] of(double[] scores) {
            int[] order = where == Where.HIGHEST ? best(scores) : ascending(scores);
            int scored = (int) Arrays.stream(scores).filter(s -> !Double.isNaN(s)).count();
            int n = count > 0 ? count : (int) Math.round(share * scored);
            if (n > scored) {
                throw new UserException(count + " rows are to be kept by score, and only " + scored + " have one. Lower the number, or give more rows.");
            }
            int from = where == Where.MIDDLE ? (scored - n) / 2 : 0;
            boolean[] kept = new boolean[scores.length];
            for (int i = from; i < from + n; i++) {
                kept[order[i]] = true;
            }
            return kept;
        }

        @Override
        public String words() {
            String which = where.name().toLowerCase(Locale.ROOT) + " ";
            return "not among the " + which + (count > 0 ? count : String.format(Locale.ROOT, "%.4g %%", 100 * share));
        }
    }

    /** Which end of the scores. */
    enum Where { LOWEST, MIDDLE, HIGHEST }

    /** Scores from {@code low} to {@code high}, both allowed. */
    record Between(double low, double high) implements Choice {
        public Between {
            if (!(low <= high)) {
                throw new IllegalArgumentException("Scores are kept from low to high >= low, found " + low + " to " + high);
            }
        }

        @Override
        public boolean[] of(double[] scores) {
            boolean[] kept = new boolean[scores.length];
            for (int i = 0; i < kept.length; i++) {
                kept[i] = scores[i] >= low && scores[i] <= high;
            }
            return kept;
        }

        @Override
        public String words() {
            return high == Double.POSITIVE_INFINITY ? "below " + low : low == Double.NEGATIVE_INFINITY ? "above " + high : "not from " + low + " to " + high;
        }
    }

    /** Rows by score, the highest first, equal ones in their order, those without a score last. */
    static int[] best(double[] scores) {
        return IntStream.range(0, scores.length).boxed().sorted(Comparator.<Integer>comparingDouble(i -> Double.isNaN(scores[i]) ? Double.POSITIVE_INFINITY : -scores[i]))
                .mapToInt(i -> i).toArray();
    }

    private static int[] ascending(double[] scores) {
        return IntStream.range(0, scores.length).filter(i -> !Double.isNaN(scores[i])).boxed().sorted(Comparator.<Integer>comparingDouble(i -> scores[i])).mapToInt(i -> i).toArray();
    }
}
