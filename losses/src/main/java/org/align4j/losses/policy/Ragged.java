package org.align4j.losses.policy;

/** Checks of ragged arrays: one row per sequence, one number per token; the messages name sequence and token. */
final class Ragged {
    private Ragged() {
    }

    /** Requires at least one row, no empty row, finite numbers. */
    static void check(String who, String what, double[][] rows) {
        if (rows == null || rows.length == 0) {
            throw new IllegalArgumentException(who + ": no " + what + " are given, required is at least one sequence");
        }
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] == null || rows[i].length == 0) {
                throw new IllegalArgumentException(who + ": sequence " + i + " has no " + what + ", required is at least one");
            }
            for (int t = 0; t < rows[i].length; t++) {
                if (!Double.isFinite(rows[i][t])) {
                    throw new IllegalArgumentException(who + ": sequence " + i + ", token " + t + ": one of the " + what + " is " + rows[i][t]
                            + ", required is a finite number");
                }
            }
        }
    }

    /** The same, and that the rows are as long as those of the first array. */
    static void check(String who, String what, double[][] rows, String likeWhat, double[][] like) {
        check(who, what, rows);
        if (rows.length != like.length) {
            throw new IllegalArgumentException(who + ": " + like.length + " sequences of " + likeWhat + " but " + rows.length + " of " + what);
        }
        for (int i = 0; i < rows.length; i++) {
            if (rows[i].length != like[i].length) {
                throw new IllegalArgumentException(who + ": sequence " + i + " has " + like[i].length + " " + likeWhat + " but " + rows[i].length
                        + " " + what);
            }
        }
    }

    /** Requires one finite number per sequence. */
    static void check(String who, String what, double[] values, int sequences) {
        if (values == null || values.length != sequences) {
            throw new IllegalArgumentException(who + ": " + sequences + " sequences but " + (values == null ? "no " : values.length + " ") + what);
        }
        finite(who, what, values);
    }

    static void finite(String who, String what, double[] values) {
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                throw new IllegalArgumentException(who + ": sequence " + i + ": one of the " + what + " is " + values[i]
                        + ", required is a finite number");
            }
        }
    }

    /** e^logRatio; one that overflows is an error, for 0 times ∞ is no number. */
    static double ratio(String who, String place, double logRatio) {
        double r = Math.exp(logRatio);
        if (Double.isInfinite(r)) {
            throw new IllegalArgumentException(who + ": " + place + ": the logarithm of the probability ratio is " + logRatio
                    + " and its exponential overflows; the log-probabilities do not belong together, or the policy has left the one that sampled");
        }
        return r;
    }

    static double[][] zeros(double[][] like) {
        double[][] z = new double[like.length][];
        for (int i = 0; i < z.length; i++) {
            z[i] = new double[like[i].length];
        }
        return z;
    }
}
