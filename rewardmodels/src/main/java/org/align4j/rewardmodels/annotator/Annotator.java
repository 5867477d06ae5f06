package org.align4j.rewardmodels.annotator;

import java.util.Objects;

/**
 * A simulated annotator: prefers the answer shown first with probability σ((u₁ − u₂ + positionBias) ÷ temperature), where u = gold reward + lengthBias · characters ÷ 100.
 *
 * @param name         told in the rows it makes
 * @param temperature  in the unit of the gold reward; 0 for one who always takes the better by its own measure, and tosses a coin for equal ones
 * @param lengthBias   gold reward that a hundred characters are worth to it; negative for one who likes it short
 * @param positionBias gold reward that the first place is worth to it
 */
public record Annotator(String name, double temperature, double lengthBias, double positionBias) {
    private static final double LENGTH_UNIT = 100;

    public Annotator {
        Objects.requireNonNull(name, "name");
        if (!(temperature >= 0) || Double.isInfinite(temperature) || !Double.isFinite(lengthBias) || !Double.isFinite(positionBias)) {
            throw new IllegalArgumentException("an annotator needs a finite temperature of 0 or more and finite biases, found " + temperature + ", " + lengthBias + " and " + positionBias);
        }
    }

    /**
     * The probability that it prefers the answer shown first, without label noise.
     *
     * @param gold       gold reward of the first less that of the second
     * @param characters length of the first less that of the second
     */
    public double prefersFirst(double gold, double characters) {
        double u = gold + lengthBias * characters / LENGTH_UNIT + positionBias;
        if (temperature == 0) {
            return u > 0 ? 1 : u < 0 ? 0 : 0.5;
        }
        return 1 / (1 + Math.exp(-u / temperature));
    }
}
