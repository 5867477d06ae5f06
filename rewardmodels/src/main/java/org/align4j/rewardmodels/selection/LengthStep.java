package org.align4j.rewardmodels.selection;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.align4j.core.data.Group;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.verifier.LengthVerifier;

/**
 * Keeps rows whose prompt and whose every response are neither too short nor too long. The score is the length of the best response.
 *
 * @param prompt   lengths a prompt may have
 * @param response lengths every response may have
 * @param unit     what is counted; tokens include the end token of a response and all that a template writes
 */
public record LengthStep(Bounds prompt, Bounds response, LengthVerifier.Unit unit) implements Step {
    public LengthStep {
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(response, "response");
        Objects.requireNonNull(unit, "unit");
    }

    /** Lengths from {@code min} to {@code max}, both allowed. */
    public record Bounds(int min, int max) {
        /** Any length. */
        public static final Bounds ANY = new Bounds(0, Integer.MAX_VALUE);

        public Bounds {
            if (min < 0 || max < min) {
                throw new IllegalArgumentException("Lengths run from min >= 0 to max >= min, found " + min + " to " + max);
            }
        }
    }

    @Override
    public String name() {
        return "length";
    }

    @Override
    public List<Verdict> judge(List<Candidate> rows) {
        return rows.stream().map(this::judge).toList();
    }

    private Verdict judge(Candidate row) {
        double score = length(row, row.best());
        String why = why("prompt", unit.of(new Answer(row.promptText(), row.group().prompt(), true)), prompt);
        for (int i = 0; why.isEmpty() && i < row.responses().size(); i++) {
            why = why(row.responses().size() == 1 ? "response" : "response " + (i + 1), length(row, i), response);
        }
        return why.isEmpty() ? Verdict.keep(score) : Verdict.drop(score, why);
    }

    private int length(Candidate row, int i) {
        Group.Response r = row.group().responses().get(i);
        return unit.of(new Answer(row.responses().get(i), r.ids(), r.ended()));
    }

    private String why(String what, int length, Bounds bounds) {
        String words = what + " of " + length + " " + unit.name().toLowerCase(Locale.ROOT);
        return length < bounds.min() ? words + ", fewer than " + bounds.min() : length > bounds.max() ? words + ", more than " + bounds.max() : "";
    }
}
