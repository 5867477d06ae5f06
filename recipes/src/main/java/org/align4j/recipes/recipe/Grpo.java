package org.align4j.recipes.recipe;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.align4j.losses.policy.Aggregation;
import org.align4j.losses.policy.GroupAdvantages;
import org.align4j.losses.policy.GrpoLoss;
import org.align4j.losses.policy.GrpoLoss.Level;
import org.align4j.losses.policy.GrpoLoss.Weighting;
import org.align4j.losses.policy.ScorePlace;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.rewardmodels.online.GrpoObjective;

/** Group relative policy optimization (Shao et al. 2024) and its kin: responses to one prompt are compared with each other, there is no value function. */
@Doc("Group relative policy optimization and its kin: responses to one prompt are compared with each other.")
public record Grpo(
        @Doc("The loss.") @Default("dapo") @Synonyms("loss_type") Variety loss,
        @Inline(defaults = {"samples=8"}) RolloutSpec rollout,
        @Doc("Weight of the divergence from the reference in the loss.") @Default("0.0") @Range(min = 0) double beta,
        @Inline(defaults = {"kl_coef=0"}) KlSpec kl,
        @Doc("Where reference log-probabilities come from: frozen unless given, adapter_off with a fresh adapter; none where beta and kl_coef are 0.")
                @Synonyms({"ref_model", "reference_model"}) Optional<ReferenceSpec> reference,
        @Doc("How far the ratio may fall; 0.2 unless given, 3e-4 with gspo.") @Range(above = 0) @Synonyms({"epsilon_low", "cliprange", "clip_ratio_low"}) Optional<Double> epsilon,
        @Doc("How far the ratio may rise; as epsilon unless given, 0.28 with dapo, 4e-4 with gspo; with cispo the cap itself, 5 unless given.") @Range(above = 0)
                @Synonyms("clip_ratio_high") Optional<Double> epsilonHigh,
        @Doc("What advantages are divided by: the standard deviation of the group, of the batch, or none; group unless given, none with dr_grpo.") @Synonyms("scale_rewards")
                Optional<GroupAdvantages.Scale> scale,
        @Inline(defaults = {"learning_rate=1e-6", "batch_size=8", "adam_epsilon=1e-5", "logging_every=1", "save_every=100"}) Training training)
        implements OnlineStage, Checked {

    /** Members of the family. */
    public enum Variety implements Variant {
        /** As published: every response weighs the same. */
        GRPO("epsilon", 0.2, "epsilon_high", 0.2, "scale", GroupAdvantages.Scale.GROUP),
        /** Every token weighs the same whatever the lengths, and advantages are not divided. */
        DR_GRPO("epsilon", 0.2, "epsilon_high", 0.2, "scale", GroupAdvantages.Scale.NONE),
        /** Mean over the tokens of an update. */
        BNPO("epsilon", 0.2, "epsilon_high", 0.2, "scale", GroupAdvantages.Scale.GROUP),
        /** The same with more room above. */
        DAPO("epsilon", 0.2, "epsilon_high", 0.28, "scale", GroupAdvantages.Scale.GROUP),
        /** Every token keeps its gradient, its weight is capped. */
        CISPO("epsilon_high", 5.0, "scale", GroupAdvantages.Scale.GROUP),
        /** One ratio per response. */
        GSPO("epsilon", 3e-4, "epsilon_high", 4e-4, "scale", GroupAdvantages.Scale.GROUP);

        private final Map<String, Object> settings;

        Variety(Object... settings) {
            this.settings = Variant.settings(settings);
        }

        @Override
        public Map<String, Object> settings() {
            return settings;
        }
    }

    public Grpo {
        Variants v = new Variants(loss);
        if (epsilon.isPresent() && epsilonHigh.isEmpty() && loss != Variety.CISPO) {
            epsilonHigh = epsilon;
        }
        epsilon = v.fill("epsilon", epsilon);
        epsilonHigh = v.fill("epsilon_high", epsilonHigh);
        scale = v.fill("scale", scale);
        reference = OnlineStage.reference(reference, Math.max(beta, kl.klCoef()), training);
    }

    @Override
    public void check(Findings f) {
        checkOnline(f);
        Map<String, Optional<?>> given = new LinkedHashMap<>();
        given.put("epsilon", epsilon);
        new Variants(loss).check(f, Variety.values(), given);
        if (rollout.samples() < 2) {
            f.problem("samples", "responses are compared with each other, so grpo needs 2 or more per prompt, found " + rollout.samples(), "");
        }
    }

    @Override
    public GrpoObjective objective() {
        Aggregation aggregation = switch (loss) {
            case GRPO, GSPO -> new Aggregation.SequenceMean();
            case DR_GRPO -> new Aggregation.FixedLength(rollout.maxNewTokens());
            case BNPO, DAPO, CISPO -> new Aggregation.TokenMean();
        };
        Weighting weighting = loss == Variety.CISPO ? new Weighting.Capped(epsilonHigh.orElseThrow()) : new Weighting.Clipped(epsilon.orElseThrow(), epsilonHigh.orElseThrow());
        return new GrpoObjective(loss.key(), new GrpoLoss(weighting, loss == Variety.GSPO ? Level.SEQUENCE : Level.TOKEN, beta, aggregation),
                new GroupAdvantages(Math.max(2, rollout.samples()), scale.orElseThrow(), 1e-4), kl.control(new ScorePlace.LastToken()));
    }
}
