package org.align4j.losses.internal;

import org.align4j.losses.Example;
import org.align4j.losses.Needs;

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

    /** Requires one finite number per token of a response. */
    public static void perToken(String loss, String what, int example, int response, Example.Response r, double[] values) {
        if (values == null || values.length != r.length()) {
            throw new IllegalArgumentException(loss + ": " + place(example, response) + " has " + r.length() + " tokens but "
                    + (values == null ? "no" : String.valueOf(values.length)) + " " + what + " values; required is one per token");
        }
        finite(loss, what, example, response, values);
    }

    /** Requires the finite log-probabilities of an example's prompt, and returns them. */
    public static double[] prompt(String loss, int example, Example e) {
        if (e.prompt() == null) {
            throw new IllegalArgumentException(loss + ": example " + example + " has no log-probabilities of its prompt's tokens; give them");
        }
        finite(loss, "log-probability", "example " + example + ", prompt", e.prompt());
        return e.prompt();
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

    /** Requires a part of a loss to be given. */
    public static void given(String loss, String name, Object value) {
        if (value == null) {
            throw new IllegalArgumentException(loss + ": " + name + " is required, found null");
        }
    }

    /** Requires a finite hyper-parameter. */
    public static void finite(String loss, String name, double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(loss + ": " + name + " must be finite, found " + value);
        }
    }

    /** Requires a hyper-parameter of at most {@code limit}. */
    public static void atMost(String loss, String name, double value, double limit) {
        if (!(value <= limit)) {
            throw new IllegalArgumentException(loss + ": " + name + " must be at most " + limit + ", found " + value);
        }
    }

    /** Requires a reduction of a response to one number. */
    public static void sumOrMean(String loss, Needs.Reduction value) {
        if (value != Needs.Reduction.SUM && value != Needs.Reduction.MEAN) {
            throw new IllegalArgumentException(loss + ": reduction must be SUM or MEAN, found " + value);
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
        finite(loss, what, place(example, response), values);
    }

    private static void finite(String loss, String what, String place, double[] values) {
        for (int t = 0; t < values.length; t++) {
            if (!Double.isFinite(values[t])) {
                throw new IllegalArgumentException(loss + ": " + place + ", token " + t + ": " + what + " is " + values[t]
                        + ", required is a finite number");
            }
        }
    }

    private static String place(int example, int response) {
        return "example " + example + ", response " + response;
    }
}
