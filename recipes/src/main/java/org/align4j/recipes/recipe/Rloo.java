package org.align4j.recipes.recipe;

import java.util.Optional;
import org.align4j.losses.policy.RlooLoss;
import org.align4j.losses.policy.ScorePlace;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.rewardmodels.online.RlooObjective;

/** REINFORCE with leave-one-out baselines and a clipped ratio of whole responses (Ahmadian et al. 2024). */
@Doc("REINFORCE with leave-one-out baselines and a clipped ratio of whole responses.")
public record Rloo(
        @Inline RolloutSpec rollout,
        @Inline KlSpec kl,
        @Doc("Where reference log-probabilities come from: frozen unless given, adapter_off with a fresh adapter.") @Synonyms({"ref_model", "reference_model", "sft_model_path"})
                Optional<ReferenceSpec> reference,
        @Doc("How far the ratio of a response may fall.") @Default("0.2") @Range(above = 0) @Synonyms({"epsilon_low", "cliprange"}) double epsilon,
        @Doc("How far it may rise. Null for the same.") @Range(above = 0) Optional<Double> epsilonHigh,
        @Doc("Whether advantages are normalised over an iteration.") @Default("false") @Synonyms("normalize_advantage") boolean normalizeAdvantages,
        @Inline(defaults = {"learning_rate=1e-6", "batch_size=16", "adam_epsilon=1e-5", "logging_every=1", "save_every=100"}) Training training)
        implements OnlineStage, Checked {

    public Rloo {
        reference = OnlineStage.reference(reference, kl.klCoef(), training);
    }

    @Override
    public void check(Findings f) {
        checkOnline(f);
        if (rollout.samples() < 2) {
            f.problem("samples", "the baseline is the mean of the other responses, so rloo needs 2 or more per prompt, found " + rollout.samples(), "");
        }
    }

    @Override
    public RlooObjective objective() {
        return new RlooObjective(new RlooLoss(epsilon, epsilonHigh.orElse(epsilon)), normalizeAdvantages, kl.control(new ScorePlace.LastToken()));
    }
}
