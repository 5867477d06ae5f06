package org.align4j.recipes.run;

import org.align4j.core.backend.Backend;
import org.align4j.recipes.recipe.RewardSpec;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.ranker.GoodBadReward;
import org.align4j.rewardmodels.ranker.JudgeModel;
import org.align4j.rewardmodels.ranker.JudgeTemplate;
import org.align4j.rewardmodels.ranker.LanguageModelRanker;
import org.align4j.rewardmodels.ranker.PointwiseRanker;
import org.align4j.rewardmodels.ranker.Ranker;
import org.align4j.rewardmodels.ranker.RankerReward;
import org.align4j.rewardmodels.verifier.Verifiers;

/**
 * A reward as a recipe asks for it.
 *
 * @param reward scores single answers
 * @param ranker compares two; closed with the reward
 */
record Rewards(Reward reward, Ranker ranker) implements AutoCloseable {

    /**
     * Opens what a recipe asks for; models load.
     *
     * @param backend on which models run
     */
    static Rewards open(RewardSpec spec, Backend backend) {
        if (spec instanceof RewardSpec.Ranker r) {
            JudgeTemplate template = r.template().map(JudgeTemplate::pair).orElse(JudgeTemplate.PAIR);
            Ranker ranker = new LanguageModelRanker(JudgeModel.open(r.path(), backend, r.chat()), template);
            return new Rewards(r.against() == RewardSpec.Ranker.Against.REFERENCE ? RankerReward.againstReference(ranker) : RankerReward.meanOfOthers(ranker), ranker);
        }
        Reward reward = reward(spec, backend);
        return new Rewards(reward, new PointwiseRanker(reward));
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

    @Override
    public void close() {
        reward.close();
    }
}
