package org.align4j.recipes.report.internal;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Marks at round numbers: multiples of 1, 2 or 5 times a power of ten. */
public final class Ticks {
    private Ticks() {
    }

    /**
     * Ticks in [low, high].
     *
     * @param most at most how many
     * @param whole only whole numbers, for steps
     */
    public static List<Double> between(double low, double high, int most, boolean whole) {
        if (!(high > low)) {
            return List.of(low);
        }
        double rough = (high - low) / most;
        int exponent = (int) Math.floor(Math.log10(rough));
        BigDecimal step = null;
        for (int e = exponent; step == null; e++) {
            for (int m : new int[] {1, 2, 5}) {
                BigDecimal candidate = BigDecimal.valueOf(m).scaleByPowerOfTen(e);
                if (candidate.doubleValue() >= rough * (1 - 1e-12) && (!whole || candidate.doubleValue() >= 1)) {
                    step = candidate;
                    break;
                }
            }
        }
        List<Double> out = new ArrayList<>();
        double s = step.doubleValue();
        for (long k = (long) Math.ceil(low / s - 1e-9); k * s <= high + s * 1e-9; k++) {
            // In decimal, so that the third tenth is 0.3 and not 0.30000000000000004.
            out.add(step.multiply(BigDecimal.valueOf(k)).doubleValue());
        }
        return out;
    }
}
