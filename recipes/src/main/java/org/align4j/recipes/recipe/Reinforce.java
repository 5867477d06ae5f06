package org.align4j.recipes.recipe;

import java.util.Optional;
import org.align4j.losses.policy.ScorePlace;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.rewardmodels.online.ReinforceObjective;

/** REINFORCE with leave-one-out baselines: the plain policy gradient, one update per iteration (Williams 1992; Ahmadian et al. 2024). */
@Doc("REINFORCE with leave-one-out baselines: the plain policy gradient, one update per iteration.")
public record Reinforce(
        @Inline RolloutSpec rollout,
        @Inline KlSpec kl,
        @Doc("Where reference log-probabilities come from: frozen unless given, adapter_off with a fresh adapter.") @Synonyms({"ref_model", "reference_model"})
                Optional<ReferenceSpec> reference,
        @Doc("Whether advantages are normalised over an iteration.") @Default("false") @Synonyms("normalize_advantage") boolean normalizeAdvantages,
        @Inline(defaults = {"learning_rate=1e-6", "batch_size=16", "adam_epsilon=1e-5", "logging_every=1", "save_every=100"}) Training training)
        implements OnlineStage, Checked {

    public Reinforce {
        reference = OnlineStage.reference(reference, kl.klCoef(), training);
    }

    @Override
    public void check(Findings f) {
        checkOnline(f);
        if (rollout.samples() < 2) {
            f.problem("samples", "the baseline is the mean of the other responses, so reinforce needs 2 or more per prompt, found " + rollout.samples(), "");
        }
        if (updatesPerIteration() != 1) {
            f.problem("update_epochs", "reinforce makes one update per iteration, found update_epochs " + rollout.updateEpochs() + " and mini_batches " + rollout.miniBatches(),
                    "set both to 1, or choose rloo");
        }
    }

    @Override
    public ReinforceObjective objective() {
        return new ReinforceObjective(normalizeAdvantages, kl.control(new ScorePlace.LastToken()));
    }
}
