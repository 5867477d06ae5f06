package org.align4j.rewardmodels.winrate;

import java.util.Locale;
import java.util.Optional;
import org.align4j.rewardmodels.evaluate.Interval;

/**
 * A length-controlled win rate in percent: what the win rate would be were the lengths the same.
 *
 * @param value         100 · mean over instructions of σ(θ + ψ γ_x)
 * @param spread        100 · sd ÷ √n of the σ(θ + ψ γ_x): what AlpacaEval publishes as {@code lc_standard_error}. It tells how instructions differ, not how sure the fit is
 * @param standardError by the bootstrap over instructions, C staying what it is; NaN for a baseline against itself
 * @param interval      95 %, by the same
 * @param weights       of the fit; a term left out has 0
 * @param strength      C that was chosen; NaN for a baseline against itself
 * @param raw           the win rate without control
 */
public record LengthControlled(double value, double spread, double standardError, Interval interval, GlmWeights weights, double strength, WinRate raw) {
    private static final double POINTS = 10;
    private static final double SHARE = 0.25;

    static LengthControlled ofBaseline(WinRate raw) {
        return new LengthControlled(50, 0, Double.NaN, new Interval(50, Double.NaN, Double.NaN), GlmWeights.BASELINE, Double.NaN, raw);
    }

    /**
     * A warning where control changed the win rate by more than 10 points and by more than a quarter of what there was to lose (the win rate), or to gain (100 less the win rate):
     * either lengths explain much, or the fit failed.
     */
    public Optional<String> warning() {
        double change = value - raw.value();
        double room = change < 0 ? raw.value() : 100 - raw.value();
        if (!(Math.abs(change) > POINTS && Math.abs(change) > SHARE * room)) {
            return Optional.empty();
        }
        return Optional.of(String.format(Locale.ROOT, "The length-controlled win rate, %.1f %%, is far from the raw one, %.1f %%: length explains much of the preferences, or the fit failed.",
                value, raw.value()));
    }
}
