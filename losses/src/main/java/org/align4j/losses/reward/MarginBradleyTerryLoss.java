package org.align4j.losses.reward;

import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/**
 * {@link BradleyTerryLoss} that asks for a gap m between the rewards:
 *
 * <pre>
 *   L = −log σ(r_w − r_l − m) + c·(r_w + r_l)²
 *   ∂L/∂r_w = −σ(m − r_w + r_l) + 2c·(r_w + r_l)      ∂L/∂r_l = +σ(m − r_w + r_l) + 2c·(r_w + r_l)
 * </pre>
 *
 * <p>m comes with every pair, larger for stronger preferences; Touvron et al., <a href="https://arxiv.org/abs/2307.09288">Llama 2</a> (2023), use
 * 1, 2/3, 1/3 and 0 (or 3, 2, 1 and 0).
 *
 * @param centering c ≥ 0, default 0
 */
public record MarginBradleyTerryLoss(double centering) implements PairRewardLoss {

    public MarginBradleyTerryLoss {
        Checks.notNegative("margin_bradley_terry", "centering", centering);
    }

    /** No centring. */
    public MarginBradleyTerryLoss() {
        this(0);
    }

    @Override
    public String name() {
        return "margin_bradley_terry";
    }

    @Override
    public boolean needsMargin() {
        return true;
    }

    @Override
    public Value of(double chosen, double rejected, double margin) {
        double z = chosen - rejected - margin;
        double g = LogSigmoid.sigmoid(-z);
        return new Value(LogSigmoid.softplus(-z), -g, g).centred(centering, chosen, rejected);
    }
}
