package org.align4j.recipes.recipe;

import java.util.Optional;
import org.align4j.losses.policy.ClippedPolicyLoss;
import org.align4j.losses.policy.ClippedValueLoss;
import org.align4j.losses.policy.Gae;
import org.align4j.losses.policy.ScorePlace;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.rewardmodels.online.PpoObjective;

/** Proximal policy optimization with a value function (Schulman et al. 2017). Defaults are TRL's, the larger learning rate of values aside. */
@Doc("Proximal policy optimization with a value function.")
public record Ppo(
        @Inline(defaults = {"samples=1", "update_epochs=4"}) RolloutSpec rollout,
        @Inline KlSpec kl,
        @Doc("Where reference log-probabilities come from: frozen unless given, adapter_off with a fresh adapter.") @Synonyms({"ref_model", "reference_model", "sft_model_path"})
                Optional<ReferenceSpec> reference,
        @Doc("Which state is paid the score: last_token, or after_last_token as TRL does.") @Default("last_token") Place scorePlace,
        @Doc("Whether rewards are whitened, their mean kept.") @Default("false") boolean whitenRewards,
        @Doc("Whether advantages are whitened over the tokens of an iteration.") @Default("true") boolean whitenAdvantages,
        @Doc("Discount.") @Default("1.0") @Range(min = 0, max = 1) double gamma,
        @Doc("0 trusts the value function, 1 the rewards.") @Default("0.95") @Range(min = 0, max = 1) @Synonyms({"lambda", "gae_lambda"}) double lam,
        @Doc("How far the ratio to the sampling policy may go.") @Default("0.2") @Range(above = 0) @Synonyms({"eps_clip", "epsilon", "clip_ratio"}) double cliprange,
        @Doc("How far values may go from those at sampling, in units of reward.") @Default("0.2") @Range(above = 0) @Synonyms({"value_clip", "value_clip_range"}) double cliprangeValue,
        @Doc("Weight of the value loss.") @Default("0.1") @Range(above = 0) @Synonyms({"value_coef", "value_loss_coef"}) double vfCoef,
        @Doc("On what the value function stands.") @Default("own") @Synonyms({"critic", "value_model"}) ValueSpec values,
        @Doc("Highest learning rate of the value function; its head's alone with values: shared. Null for that of the policy.") @Range(min = 0, max = 10) @Synonyms({"critic_lr", "critic_learning_rate"})
                Optional<Double> valueLearningRate,
        @Inline(defaults = {"learning_rate=3e-6", "batch_size=64", "adam_epsilon=1e-5", "logging_every=1", "save_every=100"}) Training training)
        implements OnlineStage, Checked {

    /** Which state is paid the score. */
    public enum Place { LAST_TOKEN, AFTER_LAST_TOKEN }

    public Ppo {
        reference = OnlineStage.reference(reference, kl.klCoef(), training);
    }

    @Override
    public void check(Findings f) {
        checkOnline(f);
        if (values instanceof ValueSpec.Own && training.adapter().filter(AdapterSpec::nf4).isPresent()) {
            f.problem("values", "a copy of a policy in four bits cannot be trained", "choose shared or reward_model");
        }
    }

    @Override
    public Optional<ValueSpec> value() {
        return Optional.of(values);
    }

    @Override
    public double valueRate() {
        return valueLearningRate.orElse(training.learningRate());
    }

    @Override
    public PpoObjective objective() {
        ScorePlace place = scorePlace == Place.LAST_TOKEN ? new ScorePlace.LastToken() : new ScorePlace.AfterLastToken(rollout.maxNewTokens());
        return new PpoObjective(kl.control(place), whitenRewards, whitenAdvantages, new Gae(gamma, lam), new ClippedPolicyLoss(cliprange), new ClippedValueLoss(cliprangeValue),
                vfCoef);
    }
}
