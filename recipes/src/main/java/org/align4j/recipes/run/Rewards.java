package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.recipes.recipe.KeepSpec;
import org.align4j.recipes.recipe.Precision;
import org.align4j.recipes.recipe.RewardSpec;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.ranker.GoodBadReward;
import org.align4j.rewardmodels.ranker.JudgeModel;
import org.align4j.rewardmodels.ranker.JudgeTemplate;
import org.align4j.rewardmodels.ranker.LanguageModelRanker;
import org.align4j.rewardmodels.ranker.Ranker;
import org.align4j.rewardmodels.ranker.RankerReward;
import org.align4j.rewardmodels.sampling.LikelihoodReward;
import org.align4j.rewardmodels.sampling.Policy;
import org.align4j.rewardmodels.verifier.Verifiers;

/**
 * A reward as a recipe asks for it.
 *
 * @param reward scores single answers
 * @param ranker compares two, and closes with the reward; null where nothing but scores compares them
 * @param owned  weights that close after the reward; null for none
 */
record Rewards(Reward reward, Ranker ranker, Parameters owned) implements AutoCloseable {

    /**
     * Opens what a recipe asks for; models load.
     *
     * @param backend on which models run
     */
    static Rewards open(RewardSpec spec, Backend backend) {
        if (spec instanceof RewardSpec.Ranker r) {
            JudgeTemplate template = r.template().map(JudgeTemplate::pair).orElse(JudgeTemplate.PAIR);
            Ranker ranker = new LanguageModelRanker(JudgeModel.open(r.path(), backend, r.chat()), template);
            return new Rewards(r.against() == RewardSpec.Ranker.Against.REFERENCE ? RankerReward.againstReference(ranker) : RankerReward.meanOfOthers(ranker), ranker, null);
        }
        return new Rewards(reward(spec, backend), null, null);
    }

    private static Reward reward(RewardSpec spec, Backend backend) {
        if (spec instanceof RewardSpec.Rule rule) {
            return Verifiers.of(rule.verifier());
        }
        if (spec instanceof RewardSpec.Judge j) {
            return new GoodBadReward(JudgeModel.open(j.path(), backend, j.chat()), j.template().map(JudgeTemplate::point).orElse(JudgeTemplate.POINT));
        }
        throw new IllegalStateException("No reward is known for " + spec.words());
    }

    /** How likely answers are under the model a stage received, or under another one, which reads their text. */
    static Rewards likelihood(KeepSpec.Grape spec, Policy policy) {
        if (spec.model().isEmpty()) {
            return new Rewards(new LikelihoodReward(policy, spec.normalised(), true), null, null);
        }
        Path directory = spec.model().get();
        TextEncoder encoder = Encoders.open(directory, Models.spec(directory, Optional.empty(), Precision.AUTO, Backends.Choice.AUTO));
        if (encoder == null) {
            throw new UserException("The model in " + directory + " is to say how likely answers are, but has no tokenizer.json. Name a model with its tokenizer.");
        }
        ModelConfig config = ModelConfig.read(directory);
        Parameters values = ModelFiles.load(policy.model().backend(), config, directory);
        return new Rewards(new LikelihoodReward(new Policy(new Transformer(config, values, null), encoder), spec.normalised(), false), null, values);
    }

    /** Whether a reward compares with the reference answer of a prompt. */
    static boolean needsReference(RewardSpec spec) {
        return spec.parts().anyMatch(s -> s instanceof RewardSpec.Rule rule && Verifiers.of(rule.verifier()).needsReference()
                || s instanceof RewardSpec.Ranker r && r.against() == RewardSpec.Ranker.Against.REFERENCE);
    }

    /** Directories of the models a reward reads. */
    static List<Path> models(RewardSpec spec) {
        return spec.parts().flatMap(s -> s instanceof RewardSpec.Judge j ? Stream.of(j.path()) : s instanceof RewardSpec.Ranker r ? Stream.of(r.path()) : Stream.empty()).toList();
    }

    @Override
    public void close() {
        reward.close();
        if (owned != null) {
            owned.close();
        }
    }
}
