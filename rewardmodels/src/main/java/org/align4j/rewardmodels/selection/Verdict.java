package org.align4j.rewardmodels.selection;

import java.util.Objects;

/**
 * What a step says of a row.
 *
 * @param kept   whether it stays
 * @param score  the number it was judged by; NaN where there is none
 * @param reason why, in words; empty for a row that stays for no reason worth saying
 */
public record Verdict(boolean kept, double score, String reason) {
    public Verdict {
        Objects.requireNonNull(reason, "reason");
        if (!kept && reason.isEmpty()) {
            throw new IllegalArgumentException("A row is dropped for a reason, which must be given");
        }
    }

    static Verdict keep(double score) {
        return new Verdict(true, score, "");
    }

    static Verdict drop(double score, String reason) {
        return new Verdict(false, score, reason);
    }
}
