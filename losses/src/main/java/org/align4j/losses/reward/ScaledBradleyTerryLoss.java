package org.align4j.losses.reward;

import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/**
 * {@link BradleyTerryLoss} in which a pair counts as often as its preference is strong:
 *
 * <pre>
 *   L = −m·log σ(r_w − r_l) + c·(r_w + r_l)²
 *   ∂L/∂r_w = −m·σ(r_l − r_w) + 2c·(r_w + r_l)      ∂L/∂r_l = +m·σ(r_l − r_w) + 2c·(r_w + r_l)
 * </pre>
 *
 * <p>m ≥ 0 comes with every pair, 1, 2 or 3 in the paper: Wang et al., <a href="https://arxiv.org/abs/2410.01257">HelpSteer2-Preference</a> (2024).
 * Unlike a margin it puts no constraint on the size of the gap.
 *
 * @param centering c ≥ 0, default 0
 */
public record ScaledBradleyTerryLoss(double centering) implements PairRewardLoss {

    public ScaledBradleyTerryLoss {
        Checks.notNegative("scaled_bradley_terry", "centering", centering);
    }

    /** No centring. */
    public ScaledBradleyTerryLoss() {
        this(0);
    }

    @Override
    public String name() {
        return "scaled_bradley_terry";
    }

    @Override
    public boolean needsMargin() {
        return true;
    }

    @Override
    public Value of(double chosen, double rejected, double margin) {
        Checks.notNegative(name(), "a pair's margin", margin);
        double z = chosen - rejected;
        double g = margin * LogSigmoid.sigmoid(-z);
        return new Value(margin * LogSigmoid.softplus(-z), -g, g).centred(centering, chosen, rejected);
    }
}
