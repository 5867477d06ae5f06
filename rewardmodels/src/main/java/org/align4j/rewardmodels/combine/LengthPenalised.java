package org.align4j.rewardmodels.combine;

import java.util.Locale;
import java.util.Objects;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.verifier.LengthVerifier;

/**
 * A reward that costs by length: r − α · max(0, length − free). The linear penalty of
 * <a href="https://arxiv.org/abs/2310.03716">Singhal et al., A Long Way to Go, 2023</a>, against policies that win by writing more.
 */
public final class LengthPenalised extends Adjusted {
    private final double alpha;
    private final LengthVerifier.Unit unit;
    private final int free;

    /**
     * @param inner closed with this one
     * @param alpha reward lost for each unit, 0 or more
     * @param unit  what length is counted in
     * @param free  units that cost nothing, 0 or more
     */
    public LengthPenalised(Reward inner, double alpha, LengthVerifier.Unit unit, int free) {
        super(inner);
        if (!(alpha >= 0) || Double.isInfinite(alpha) || free < 0) {
            throw new IllegalArgumentException("a length penalty needs a finite alpha and a free length of 0 or more, found " + alpha + " and " + free);
        }
        this.alpha = alpha;
        this.unit = Objects.requireNonNull(unit, "unit");
        this.free = free;
    }

    @Override
    double adjust(double score, Answer answer) {
        return score - alpha * Math.max(0, unit.of(answer) - free);
    }

    @Override
    String what() {
        return "less " + alpha + " for each of the " + unit.name().toLowerCase(Locale.ROOT) + " beyond " + free;
    }
}
