package org.align4j.losses.reward;

/** Checks of what a loss of rewards is given. */
final class RewardChecks {
    private RewardChecks() {
    }

    static void count(String loss, String what, int n) {
        if (n == 0) {
            throw new IllegalArgumentException(loss + ": there are no " + what + ", required is at least one");
        }
    }

    static void same(String loss, String what, double[] values, int n) {
        if (values == null || values.length != n) {
            throw new IllegalArgumentException(loss + ": there are " + (values == null ? 0 : values.length) + " " + what + ", required are " + n);
        }
    }

    static void finite(String loss, String what, double[] values) {
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                throw new IllegalArgumentException(loss + ": " + what + " " + i + " is " + values[i] + ", required is a finite number");
            }
        }
    }
}
