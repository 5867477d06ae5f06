package org.align4j.losses.internal;

import org.align4j.losses.Example;

/** Checks of what a loss is given; the messages name the example, the response and the token. */
public final class Checks {
    private Checks() {
    }

    /** Requires a response with at least one token, all log-probabilities finite. */
    public static void policy(String loss, int example, int response, Example.Response r) {
        if (r.logProbs() == null || r.logProbs().length == 0) {
            throw new IllegalArgumentException(loss + ": " + place(example, response)
                    + " has no tokens; every response needs at least one token with a log-probability");
        }
        finite(loss, "log-probability", example, response, r.logProbs());
    }

    /** Requires one finite reference log-probability per token. */
    public static void reference(String loss, int example, int response, Example.Response r) {
        if (r.reference() == null) {
            throw new IllegalArgumentException(loss + ": " + place(example, response)
                    + " has no reference log-probabilities; give those of the frozen reference policy, or use a loss without a reference");
        }
        if (r.reference().length != r.logProbs().length) {
            throw new IllegalArgumentException(loss + ": " + place(example, response) + " has " + r.logProbs().length
                    + " log-probabilities but " + r.reference().length + " reference log-probabilities; both must cover the same tokens");
        }
        finite(loss, "reference log-probability", example, response, r.reference());
    }

    /** Requires a hyper-parameter above 0. */
    public static void positive(String loss, String name, double value) {
        if (!(value > 0 && Double.isFinite(value))) {
            throw new IllegalArgumentException(loss + ": " + name + " must be positive and finite, found " + value);
        }
    }

    /** Requires a hyper-parameter of at least 0. */
    public static void notNegative(String loss, String name, double value) {
        if (!(value >= 0 && Double.isFinite(value))) {
            throw new IllegalArgumentException(loss + ": " + name + " must be at least 0 and finite, found " + value);
        }
    }

    /** Requires a rate of flipped labels in [0, 0.5). */
    public static void smoothing(String loss, double value) {
        if (!(value >= 0 && value < 0.5)) {
            throw new IllegalArgumentException(loss + ": label smoothing must be in [0, 0.5), found " + value
                    + "; at 0.5 a pair says nothing, above it the labels are believed to be wrong");
        }
    }

    /** Requires exactly {@code expected} responses. */
    public static void responses(String loss, int example, Example e, int expected, String meaning) {
        if (e.responses().size() != expected) {
            throw new IllegalArgumentException(loss + ": example " + example + " has " + e.responses().size() + " response(s), required are "
                    + expected + " (" + meaning + ")");
        }
    }

    private static void finite(String loss, String what, int example, int response, double[] values) {
        for (int t = 0; t < values.length; t++) {
            if (!Double.isFinite(values[t])) {
                throw new IllegalArgumentException(loss + ": " + place(example, response) + ", token " + t + ": " + what + " is " + values[t]
                        + ", required is a finite number");
            }
        }
    }

    private static String place(int example, int response) {
        return "example " + example + ", response " + response;
    }
}
