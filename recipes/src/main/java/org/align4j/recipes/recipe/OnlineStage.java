package org.align4j.recipes.recipe;

import java.util.Optional;
import org.align4j.recipes.yaml.Findings;
import org.align4j.rewardmodels.online.Objective;

/** A stage in which a policy learns from its own answers to prompts, scored by a reward. */
public sealed interface OnlineStage extends Stage permits Ppo, Grpo, Rloo, Reinforce {
    /** How answers are sampled and scored. */
    RolloutSpec rollout();

    /** How it trains; {@code batch_size} counts prompts per update. */
    Training training();

    /** What it makes of answers. */
    Objective objective();

    /** PPO's value function; empty for all others. */
    default Optional<ValueSpec> value() {
        return Optional.empty();
    }

    /** Highest learning rate of the value function. */
    default double valueRate() {
        return training().learningRate();
    }

    /** Where reference log-probabilities come from; empty where nothing is paid for leaving it and none was asked for. */
    @Override
    Optional<ReferenceSpec> reference();

    @Override
    default Optional<AdapterSpec> adapter() {
        return training().adapter();
    }

    @Override
    default boolean trains() {
        return true;
    }

    /** Planned updates of an iteration. */
    default int updatesPerIteration() {
        return Math.multiplyExact(rollout().updateEpochs(), rollout().miniBatches());
    }

    /** Prompts that are answered in an iteration. */
    default int promptsPerIteration() {
        return Math.multiplyExact(training().batchSize(), rollout().miniBatches());
    }

    /** What all of them refuse. */
    default void checkOnline(Findings f) {
        if (training().lisa().isPresent()) {
            f.problem("lisa", "lisa has no effect on " + kind(), "remove it");
        }
        if (training().adapter().flatMap(AdapterSpec::dropout).filter(p -> p > 0).isPresent()) {
            f.problem("adapter.dropout", "dropout has no effect on " + kind() + ", which compares passes of one policy", "remove it");
        }
        if (training().data().isPresent()) {
            f.problem("data", "data has no effect on " + kind() + ", which makes its rows from prompts", "remove it");
        }
        if (reference().filter(r -> r instanceof ReferenceSpec.Cached || r instanceof ReferenceSpec.Sync).isPresent()) {
            f.problem("reference", "a reference must answer to responses that are not there yet and stay where it is", "choose frozen, adapter_off or soup");
        }
        if (rollout().missingEosPenalty().isPresent() && rollout().missingEosScore().isPresent()) {
            f.problem("missing_eos_score", "missing_eos_penalty and missing_eos_score are both given", "keep one");
        }
    }

    /** The reference where none is given: the model without a fresh adapter, or else a frozen copy. */
    static Optional<ReferenceSpec> reference(Optional<ReferenceSpec> given, double coefficient, Training training) {
        if (given.isPresent() || coefficient == 0) {
            return given;
        }
        boolean fresh = training.adapter().filter(a -> a.init().isEmpty() && !a.previous()).isPresent();
        return Optional.of(fresh ? new ReferenceSpec.AdapterOff() : new ReferenceSpec.Frozen());
    }
}
