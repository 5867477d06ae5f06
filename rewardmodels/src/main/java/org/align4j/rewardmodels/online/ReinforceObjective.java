package org.align4j.rewardmodels.online;

import org.align4j.losses.policy.LeaveOneOut;
import org.align4j.losses.policy.ReinforceLoss;

/**
 * REINFORCE with the mean of the other responses to the prompt as baseline ({@link ReinforceLoss}, {@link LeaveOneOut}): the plain policy gradient, without
 * ratios and clipping. It holds for samples of the policy that is updated, so there is one update per iteration.
 *
 * <p>Williams, <a href="https://doi.org/10.1007/BF00992696">Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning</a>
 * (1992); Ahmadian et al., <a href="https://arxiv.org/abs/2402.14740">Back to Basics</a> (2024).
 *
 * @param normalize whether advantages are normalized over the batch
 * @param kl        what is paid in rewards
 */
public record ReinforceObjective(boolean normalize, KlControl kl) implements Objective {

    @Override
    public String name() {
        return "reinforce";
    }

    @Override
    public boolean needsReference() {
        return kl.needsReference();
    }

    @Override
    public boolean onPolicy() {
        return true;
    }

    @Override
    public int minSamples() {
        return 2;
    }

    @Override
    public Targets targets(Rollouts r, double klCoefficient) {
        double[] a = new LeaveOneOut(r.samples(), normalize, 1e-4).of(ResponseTargets.rewards(r, kl, klCoefficient));
        return new ResponseTargets(a, (which, logProbs, own, batch) -> new ReinforceLoss().evaluate(logProbs, own, batch));
    }
}
