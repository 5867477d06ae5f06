package org.align4j.rewardmodels.online;

import org.align4j.losses.policy.LeaveOneOut;
import org.align4j.losses.policy.RlooLoss;

/**
 * RLOO with a clipped ratio of whole responses ({@link RlooLoss}), so that rollouts may be used for several updates; the baseline is the mean of the other
 * responses to the prompt ({@link LeaveOneOut}), the pull to the reference is in the rewards (κ, 0.05 in TRL).
 *
 * <p>Ahmadian et al., <a href="https://arxiv.org/abs/2402.14740">Back to Basics: Revisiting REINFORCE Style Optimization for Learning from Human Feedback
 * in LLMs</a> (2024).
 *
 * @param loss      the clipped surrogate
 * @param normalize whether advantages are normalized over the batch; not in TRL
 * @param kl        what is paid in rewards
 */
public record RlooObjective(RlooLoss loss, boolean normalize, KlControl kl) implements Objective {

    @Override
    public String name() {
        return "rloo";
    }

    @Override
    public boolean needsReference() {
        return kl.needsReference();
    }

    @Override
    public int minSamples() {
        return 2;
    }

    @Override
    public Targets targets(Rollouts r, double klCoefficient) {
        double[] a = new LeaveOneOut(r.samples(), normalize, 1e-4).of(ResponseTargets.rewards(r, kl, klCoefficient));
        return new ResponseTargets(a, (which, logProbs, own, batch) -> loss.evaluate(logProbs, Picks.of(r.logProbs(), which), own, batch));
    }
}
