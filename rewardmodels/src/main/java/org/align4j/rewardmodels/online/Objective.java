package org.align4j.rewardmodels.online;

import java.util.Map;
import org.align4j.losses.policy.Counts;
import org.align4j.losses.policy.PolicyEvaluation;
import org.align4j.losses.policy.ScorePlace;

/** What is made of rollouts: PPO, GRPO, RLOO or REINFORCE. */
public interface Objective {

    /** Its name in a few letters. */
    String name();

    /** What is paid in rewards for leaving the reference. */
    KlControl kl();

    /** Whether rollouts must have log-probabilities of the reference. */
    boolean needsReference();

    /** Whether a value function is trained along. */
    default boolean needsValues() {
        return false;
    }

    /** At which states values are wanted; only where {@link #needsValues}. */
    default ScorePlace place() {
        throw new IllegalStateException(name() + " has no value function");
    }

    /** Whether responses must be samples of the very policy they update: one update per iteration. */
    default boolean onPolicy() {
        return false;
    }

    /** The least responses per prompt. */
    int minSamples();

    /**
     * What an iteration's updates aim at, computed once from its rollouts.
     *
     * @param klCoefficient the coefficient {@link #kl} has come to
     */
    Targets targets(Rollouts rollouts, double klCoefficient);

    /** What the updates of an iteration aim at. */
    interface Targets {

        /**
         * The policy's loss on some responses.
         *
         * @param responses indices in the rollouts
         * @param logProbs  log π of their tokens now
         * @param batch     counts of the whole mini-batch
         */
        PolicyEvaluation policy(int[] responses, double[][] logProbs, Counts batch);

        /** The value function's loss, before its coefficient, on some responses; only where {@link Objective#needsValues}. */
        default PolicyEvaluation value(int[] responses, double[][] values, Counts states) {
            throw new IllegalStateException("This objective has no value function");
        }

        /** What the value function's loss counts in the total; only where {@link Objective#needsValues}. */
        default double valueCoefficient() {
            throw new IllegalStateException("This objective has no value function");
        }

        /** What is worth logging once per iteration. */
        Map<String, Double> metrics();
    }
}
