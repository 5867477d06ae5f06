package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.losses.reward.AllPairsLoss;
import org.align4j.losses.reward.BradleyTerryLoss;
import org.align4j.losses.reward.ContrastiveDphLoss;
import org.align4j.losses.reward.MarginBradleyTerryLoss;
import org.align4j.losses.reward.PlackettLuceLoss;
import org.align4j.losses.reward.ScaledBradleyTerryLoss;
import org.align4j.losses.reward.SeparableDphLoss;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.MustExist;
import org.align4j.recipes.yaml.OneOrMany;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.recipes.yaml.Terse;
import org.align4j.rewardmodels.model.RewardObjective;

/**
 * A reward model: a head over the model's closing state, trained with a copy of the model, an adapter on it, or alone. It leaves a directory of its own; the
 * model that later stages receive is the one it received.
 */
@Doc("A reward model trained on compared or rated responses; the model itself goes on to the next stage as it was.")
@Terse
public record Reward(
        @Doc("The loss.") @Default("bradley_terry") @Synonyms({"loss_type", "objective"}) Variety loss,
        @Doc("bradley_terry, margin, scaled: weight of the term that keeps rewards near 0, 0 unless given; 0.01 where offsets matter.") @Range(min = 0)
                @Synonyms({"center", "centering"}) Optional<Double> centerRewardsCoefficient,
        @Doc("dph_separable, dph_contrastive: believed share of wrong labels, 0.1 unless given.") @Range(min = 0, below = 0.5) @Synonyms("epsilon") Optional<Double> labelSmoothing,
        @Doc("regression: fields of the rows that hold the ratings; the first one is the reward.") @OneOrMany @Range(min = 1) @Synonyms({"ratings", "columns"})
                Optional<List<String>> attributes,
        @Doc("The head: linear, or pooler (a layer of the hidden size with tanh before it); linear unless given, pooler for dph losses.") @Synonyms("head_type") Optional<Head> head,
        @Doc("Dropout after the pooler; 0.1 unless given.") @Range(min = 0, below = 1) Optional<Double> headDropout,
        @Doc("Weight decay of the head; 0 unless given, 0.1 for dph losses.") @Range(min = 0, max = 10) Optional<Double> headWeightDecay,
        @Doc("Trains the head alone, on hidden states computed once.") @Default("false") @Synonyms({"freeze_backbone", "frozen"}) boolean freeze,
        @Doc("Directory of a reward model to start from, head included, in place of the model and a new head.") @MustExist(directory = true) @Synonyms({"path", "model_name_or_path"})
                Optional<Path> init,
        @Doc("What the language model itself learns beside a dph head, which it keeps then: none, sft (the chosen responses) or dpo; none unless given.") Optional<Beside> language,
        @Doc("Weight of the language model's loss beside the head's; 1 unless given.") @Range(min = 0) Optional<Double> languageWeight,
        @Doc("Weight of the head's loss beside the language model's.") @Default("1.0") @Range(above = 0) double headWeight,
        @Doc("language dpo: strength of the tie to the reference, 0.1 unless given.") @Range(above = 0) Optional<Double> beta,
        @Doc("Training responses over which rewards are brought to mean 0 and standard deviation 1 in the end. Null for rewards as they come.") @Range(min = 2, max = 1 << 24)
                Optional<Integer> normalize,
        @Inline(defaults = {"learning_rate=1e-5", "batch_size=32"}) Training training)
        implements Stage, Checked {

    /** Losses of the reward stage. */
    public enum Variety implements Variant {
        /** Of pairs. */
        @Synonyms({"bt", "ranking"})
        BRADLEY_TERRY("center_rewards_coefficient", 0.0),
        /** Of pairs, the reward of the chosen one greater by the margin. */
        MARGIN("center_rewards_coefficient", 0.0),
        /** Of pairs, each counted as often as its margin says. */
        SCALED("center_rewards_coefficient", 0.0),
        /** Of lists. */
        PLACKETT_LUCE(),
        /** Of lists, all pairs of each. */
        ALL_PAIRS(),
        /** On ratings of single responses. */
        REGRESSION(),
        /** Of pairs, each response good or bad by itself. */
        DPH_SEPARABLE("label_smoothing", 0.1, "language", Beside.NONE),
        /** Of pairs, with smoothed labels. */
        DPH_CONTRASTIVE("label_smoothing", 0.1, "language", Beside.NONE);

        private final Map<String, Object> settings;

        Variety(Object... settings) {
            this.settings = Variant.settings(settings);
        }

        @Override
        public Map<String, Object> settings() {
            return settings;
        }

        /** Whether it is a direct preference head's. */
        boolean dph() {
            return this == DPH_SEPARABLE || this == DPH_CONTRASTIVE;
        }
    }

    /** Kinds of heads. */
    public enum Head { LINEAR, POOLER }

    /** What a language model learns beside its head. */
    public enum Beside { NONE, SFT, DPO }

    public Reward {
        Variants v = new Variants(loss);
        centerRewardsCoefficient = v.fill("center_rewards_coefficient", centerRewardsCoefficient);
        labelSmoothing = v.fill("label_smoothing", labelSmoothing);
        language = v.fill("language", language);
        if (init.isEmpty()) {
            boolean dph = loss.dph();
            head = head.or(() -> Optional.of(dph ? Head.POOLER : Head.LINEAR));
            headDropout = headDropout.isEmpty() && head.get() == Head.POOLER ? Optional.of(0.1) : headDropout;
        }
        headWeightDecay = headWeightDecay.isEmpty() ? Optional.of(loss.dph() ? 0.1 : 0.0) : headWeightDecay;
        boolean learns = language.filter(l -> l != Beside.NONE).isPresent();
        languageWeight = languageWeight.isEmpty() && learns ? Optional.of(1.0) : languageWeight;
        beta = beta.isEmpty() && language.filter(Beside.DPO::equals).isPresent() ? Optional.of(0.1) : beta;
    }

    @Override
    public void check(Findings f) {
        Map<String, Optional<?>> given = new LinkedHashMap<>();
        given.put("center_rewards_coefficient", centerRewardsCoefficient);
        given.put("label_smoothing", labelSmoothing);
        given.put("language", language);
        new Variants(loss).check(f, Variety.values(), given);
        if ((loss == Variety.REGRESSION) != attributes.isPresent()) {
            f.problem("attributes", attributes.isPresent() ? "attributes has no effect with loss " + loss.key() : "regression needs to know which fields hold the ratings",
                    attributes.isPresent() ? "remove it, or choose regression" : "write attributes: [helpfulness, …]");
        }
        if (init.isPresent() && (head.isPresent() || headDropout.isPresent())) {
            f.problem(head.isPresent() ? "head" : "head_dropout", "the head comes with init", "remove it");
        } else if (headDropout.isPresent() && head.filter(Head.LINEAR::equals).isPresent()) {
            f.problem("head_dropout", "head_dropout has no effect on a linear head", "remove it, or write head: pooler");
        }
        boolean learns = learns();
        if (learns && freeze) {
            f.problem("freeze", "a language model that is frozen cannot learn beside its head", "remove freeze or language");
        }
        if (learns && init.isPresent()) {
            f.problem("language", "a reward model without a language-model head has no language to learn", "remove language or init");
        }
        if (!learns && languageWeight.isPresent()) {
            f.problem("language_weight", "language_weight has no effect unless the language model learns", "remove it, or write language: sft or dpo");
        }
        if (beta.isPresent() && language.filter(Beside.DPO::equals).isEmpty()) {
            f.problem("beta", "beta has no effect unless the language model learns by dpo", "remove it, or write language: dpo");
        }
        if (freeze && training.adapter().isPresent()) {
            f.problem("freeze", "freeze trains the head alone, and adapter trains the model too", "remove one of them");
        }
        training.adapter().filter(a -> a.kept() || a.previous()).ifPresent(a -> f.problem("adapter",
                "the adapter of a reward model is its own and is merged in the end", "remove previous and then"));
        if (training.adapter().filter(AdapterSpec::nf4).isPresent()) {
            f.problem("adapter", "the model below a reward model's adapter is held in float32", "remove quantize");
        }
        if (training.lisa().isPresent()) {
            f.problem("lisa", "reward models are trained whole, by an adapter, or frozen", "remove lisa");
        }
        if (training.data().filter(DataFrom::sampled).isPresent()) {
            f.problem("data", "a reward model learns from the files under data", "write data: recipe, or remove it");
        }
    }

    /** Whether the language model learns too. */
    public boolean learns() {
        return language.filter(l -> l != Beside.NONE).isPresent();
    }

    /** What its head learns by. */
    public RewardObjective objective() {
        double c = centerRewardsCoefficient.orElse(0.0);
        double e = labelSmoothing.orElse(0.0);
        return switch (loss) {
            case BRADLEY_TERRY -> RewardObjective.pairs(new BradleyTerryLoss(c));
            case MARGIN -> RewardObjective.pairs(new MarginBradleyTerryLoss(c));
            case SCALED -> RewardObjective.pairs(new ScaledBradleyTerryLoss(c));
            case PLACKETT_LUCE -> RewardObjective.lists(new PlackettLuceLoss());
            case ALL_PAIRS -> RewardObjective.lists(new AllPairsLoss());
            case REGRESSION -> RewardObjective.ratings();
            case DPH_SEPARABLE -> RewardObjective.pairs(new SeparableDphLoss(e));
            case DPH_CONTRASTIVE -> RewardObjective.pairs(new ContrastiveDphLoss(e));
        };
    }
}
