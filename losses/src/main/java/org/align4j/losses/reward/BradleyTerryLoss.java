package org.align4j.losses.reward;

import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/**
 * Likelihood of the preferences under the model of Bradley and Terry, with a term that centres the rewards:
 *
 * <pre>
 *   L = −log σ(r_w − r_l) + c·(r_w + r_l)²
 *   ∂L/∂r_w = −σ(r_l − r_w) + 2c·(r_w + r_l)      ∂L/∂r_l = +σ(r_l − r_w) + 2c·(r_w + r_l)
 * </pre>
 *
 * <p>Differences leave the offset of the rewards free; the second term (Eisenstein et al., <a href="https://arxiv.org/abs/2312.09244">Helping or
 * Herding?</a>, 2023) fixes it. Ouyang et al., <a href="https://arxiv.org/abs/2203.02155">Training Language Models to Follow Instructions with
 * Human Feedback</a> (2022).
 *
 * @param centering c ≥ 0, default 0; 0.01 where offsets matter
 */
public record BradleyTerryLoss(double centering) implements PairRewardLoss {

    public BradleyTerryLoss {
        Checks.notNegative("bradley_terry", "centering", centering);
    }

    /** No centring. */
    public BradleyTerryLoss() {
        this(0);
    }

    @Override
    public String name() {
        return "bradley_terry";
    }

    @Override
    public Value of(double chosen, double rejected, double margin) {
        double z = chosen - rejected;
        double g = LogSigmoid.sigmoid(-z);
        return new Value(LogSigmoid.softplus(-z), -g, g).centred(centering, chosen, rejected);
    }
}
