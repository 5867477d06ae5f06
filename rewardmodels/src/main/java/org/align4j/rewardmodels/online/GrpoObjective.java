package org.align4j.rewardmodels.online;

import org.align4j.losses.policy.GroupAdvantages;
import org.align4j.losses.policy.GrpoLoss;

/**
 * GRPO and its kin ({@link GrpoLoss}): advantages relative to the other responses to the same prompt ({@link GroupAdvantages}), no value function. The pull
 * to the reference stands in the loss (β) as in the paper and in TRL; it may stand in the rewards (κ) as well or instead.
 *
 * <p>Shao et al., <a href="https://arxiv.org/abs/2402.03300">DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models</a> (2024).
 *
 * @param name       of the member of the family
 * @param loss       the clipped or capped surrogate with β
 * @param advantages how rewards of a group become advantages; its group size is the number of responses per prompt
 * @param kl         what is paid in rewards; {@link KlControl#none} as a rule
 */
public record GrpoObjective(String name, GrpoLoss loss, GroupAdvantages advantages, KlControl kl) implements Objective {

    @Override
    public boolean needsReference() {
        return loss.beta() > 0 || kl.needsReference();
    }

    @Override
    public int minSamples() {
        return 2;
    }

    @Override
    public Targets targets(Rollouts r, double klCoefficient) {
        double[] a = new GroupAdvantages(r.samples(), advantages.scale(), advantages.epsilon()).of(ResponseTargets.rewards(r, kl, klCoefficient));
        return new ResponseTargets(a, (which, logProbs, own, batch) -> loss.evaluate(logProbs, Picks.of(r.logProbs(), which),
                r.reference() == null ? null : Picks.of(r.reference(), which), own, batch));
    }
}
