package org.align4j.rewardmodels.evaluate;

import org.align4j.core.UserException;

/** What a judge says of a pair. */
public enum Vote {
    CHOSEN, REJECTED, TIE;

    /** The vote of a margin: above 0 the chosen response. */
    public static Vote of(double margin) {
        return margin > 0 ? CHOSEN : margin < 0 ? REJECTED : TIE;
    }

    /** Reads {@code chosen}, {@code rejected} or {@code tie}. */
    public static Vote parse(String text) {
        for (Vote v : values()) {
            if (v.word().equals(text)) {
                return v;
            }
        }
        throw new UserException("a vote must be chosen, rejected or tie, found \"" + text + "\"");
    }

    /** As {@link #parse} reads it. */
    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /** The vote were the answers' places changed. */
    public Vote turned() {
        return this == CHOSEN ? REJECTED : this == REJECTED ? CHOSEN : TIE;
    }

    /** 1 for the same vote, ½ where just one of them is a tie, 0 for opposite ones. */
    public double agreement(Vote other) {
        return this == other ? 1 : this == TIE || other == TIE ? 0.5 : 0;
    }
}
