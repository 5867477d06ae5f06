package org.align4j.rewardmodels.combine;

import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Reward;

/** A reward kept within bounds: max(least, min(most, r)). */
public final class Clipped extends Adjusted {
    private final double least;
    private final double most;

    /**
     * @param inner closed with this one
     * @param least may be −∞
     * @param most  may be ∞; more than {@code least}
     */
    public Clipped(Reward inner, double least, double most) {
        super(inner);
        if (!(least < most)) {
            throw new IllegalArgumentException("bounds need the least below the most, found " + least + " and " + most);
        }
        this.least = least;
        this.most = most;
    }

    @Override
    double adjust(double score, Answer answer) {
        return Math.max(least, Math.min(most, score));
    }

    @Override
    String what() {
        return "clipped to [" + least + ", " + most + "]";
    }
}
