package org.align4j.rewardmodels.online;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.losses.policy.ClippedPolicyLoss;
import org.align4j.losses.policy.ClippedValueLoss;
import org.align4j.losses.policy.Counts;
import org.align4j.losses.policy.Gae;
import org.align4j.losses.policy.KlRewards;
import org.align4j.losses.policy.PolicyEvaluation;
import org.align4j.losses.policy.ScorePlace;
import org.align4j.losses.policy.Whitening;

/**
 * PPO with a value function.
 *
 * <pre>
 *   r_t = −κ·kl_t + [t is the last state]·score      whitened without moving the mean, where declared
 *   A, returns = GAE(γ, λ)(r, V)                     A whitened over all tokens, where declared
 *   L = clipped policy loss(A) + c_v·clipped value loss(returns)
 * </pre>
 *
 * <p>Schulman et al., <a href="https://arxiv.org/abs/1707.06347">Proximal Policy Optimization Algorithms</a> (2017); for language models Ziegler et al.,
 * <a href="https://arxiv.org/abs/1909.08593">Fine-Tuning Language Models from Human Preferences</a> (2019).
 *
 * @param kl               κ (0.05 in TRL), its estimator, and where the score is paid
 * @param whitenRewards    whether rewards are whitened; not in TRL, but in AlpacaFarm
 * @param whitenAdvantages whether advantages are whitened, over the tokens of the iteration
 * @param gae              γ and λ; 1 and 0.95 in TRL
 * @param policy           the policy's loss; ε 0.2
 * @param value            the value function's loss; ε 0.2, in units of reward
 * @param valueCoefficient c_v &gt; 0; 0.1 in TRL. With a value function of its own and Adam it changes next to nothing but the gradient norm
 */
public record PpoObjective(KlControl kl, boolean whitenRewards, boolean whitenAdvantages, Gae gae, ClippedPolicyLoss policy, ClippedValueLoss value,
        double valueCoefficient) implements Objective {
    public PpoObjective {
        if (!(valueCoefficient > 0 && valueCoefficient < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("ppo: required is a value coefficient above 0, found " + valueCoefficient);
        }
    }

    @Override
    public String name() {
        return "ppo";
    }

    @Override
    public boolean needsReference() {
        return kl.needsReference();
    }

    @Override
    public boolean needsValues() {
        return true;
    }

    @Override
    public ScorePlace place() {
        return kl.rewards().place();
    }

    @Override
    public int minSamples() {
        return 1;
    }

    @Override
    public Targets targets(Rollouts r, double klCoefficient) {
        KlRewards shaped = kl.at(klCoefficient);
        // Without a reference nothing is paid for leaving it, and the policy stands in for it.
        double[][] rewards = shaped.of(r.logProbs(), r.reference() == null ? r.logProbs() : r.reference(), r.rewards());
        if (whitenRewards) {
            rewards = new Whitening(false).of(rewards);
        }
        Gae.Estimate estimate = gae.of(rewards, r.values());
        double[][] plain = estimate.tokenAdvantages(r.logProbs());
        double[][] advantages = whitenAdvantages ? new Whitening(true).of(plain) : plain;
        return new PpoTargets(this, r, rewards, advantages, estimate.returns());
    }

    /** What PPO's updates aim at. */
    record PpoTargets(PpoObjective ppo, Rollouts rollouts, double[][] rewards, double[][] advantages, double[][] returns) implements Targets {

        @Override
        public PolicyEvaluation policy(int[] responses, double[][] logProbs, Counts batch) {
            return ppo.policy.evaluate(logProbs, Picks.of(rollouts.logProbs(), responses), Picks.of(advantages, responses), batch);
        }

        @Override
        public PolicyEvaluation value(int[] responses, double[][] values, Counts states) {
            return ppo.value.evaluate(values, Picks.of(rollouts.values(), responses), Picks.of(returns, responses), states);
        }

        @Override
        public double valueCoefficient() {
            return ppo.valueCoefficient;
        }

        @Override
        public Map<String, Double> metrics() {
            Map<String, Double> m = new LinkedHashMap<>();
            Whitening.Moments found = Whitening.Moments.of(returns);
            double unexplained = 0;
            long n = 0;
            for (int i = 0; i < returns.length; i++) {
                for (int t = 0; t < returns[i].length; t++) {
                    double e = returns[i][t] - rollouts.values()[i][t];
                    unexplained += e * e;
                    n++;
                }
            }
            m.put("val/returns", found.mean());
            m.put("val/explained_variance", found.variance() > 0 ? 1 - unexplained / n / found.variance() : 0);
            return m;
        }
    }
}
