package org.align4j.recipes.recipe;

import java.util.Optional;
import org.align4j.losses.Kl;
import org.align4j.losses.policy.KlRewards;
import org.align4j.losses.policy.ScorePlace;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.rewardmodels.online.KlControl;

/** What a policy pays in rewards for leaving its reference. */
public record KlSpec(
        @Doc("Paid in rewards per nat of divergence from the reference.") @Default("0.05") @Range(min = 0) @Synonyms({"init_kl_coef", "kl_ctl", "kl_coefficient"}) double klCoef,
        @Doc("Estimate of the divergence at a token: k1 is the log-ratio, k2 half its square, k3 unbiased and never negative.") @Default("k1") @Synonyms("kl_penalty") Kl klEstimator,
        @Doc("What becomes of a negative k1: signed keeps it, absolute takes its amount, positive takes 0 (AlpacaFarm).") @Default("signed") KlRewards.Sign klSign,
        @Doc("Divergence in nats per response that the coefficient is adapted to. Null for a fixed coefficient.") @Range(above = 0) @Synonyms({"ppo_target", "adaptive_kl"})
                Optional<Double> klTarget,
        @Doc("Responses over which the coefficient may change by a fifth.") @Default("10000") @Range(above = 0) @Synonyms("horizon") double klHorizon)
        implements Checked {

    @Override
    public void check(Findings f) {
        if (klTarget.isPresent() && klCoef == 0) {
            f.problem("kl_coef", "a coefficient that starts at 0 stays 0, and kl_target is given", "give a positive one, or remove kl_target");
        }
    }

    KlControl control(ScorePlace place) {
        return new KlControl(new KlRewards(klCoef, klEstimator, klSign, place), klTarget.orElse(0.0), klHorizon);
    }
}
