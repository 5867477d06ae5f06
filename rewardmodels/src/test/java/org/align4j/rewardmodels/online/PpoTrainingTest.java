package org.align4j.rewardmodels.online;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.backend.DType;
import org.align4j.core.generate.BatchLimits;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Reference;
import org.align4j.losses.policy.ClippedPolicyLoss;
import org.align4j.losses.policy.ClippedValueLoss;
import org.align4j.losses.policy.Gae;
import org.align4j.losses.policy.KlRewards;
import org.align4j.rewardmodels.Reward;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PPO on a reward that is known: two points for every right token, a point for an end. */
class PpoTrainingTest {
    private static final int LONGEST = 6;

    /** Share of tokens that are one more than the one before. */
    private static double gold(int[] ids) {
        int right = 0;
        for (int t = 1; t < ids.length; t++) {
            right += ids[t] == ids[t - 1] + 1 ? 1 : 0;
        }
        return 2.0 * right / (LONGEST - 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"own", "shared"})
    void raisesTheGoldReward(String trunk) throws Exception {
        Tiny.with(21, policy -> {
            int iterations = 32;
            PpoObjective ppo = new PpoObjective(KlControl.fixed(new KlRewards(0.02)), false, true, new Gae(), new ClippedPolicyLoss(), new ClippedValueLoss(), 0.5);
            LrSchedule schedule = new LrSchedule(LrSchedule.Shape.LINEAR, 6e-3, 0, iterations * 8L, 0.1);
            LrSchedule critic = new LrSchedule(LrSchedule.Shape.LINEAR, 1e-2, 0, iterations * 8L, 0.1);
            OnlineSettings settings = new OnlineSettings(iterations, 4, 2, 2048, schedule, OnlineSettings.ADAM, 0, 0, 0, 1, iterations / 4, 3, 0);
            RolloutSettings sampling = new RolloutSettings(32, 1, Tiny.sampling(LONGEST, 1), BatchLimits.DEFAULT, new Unfinished.Kept(), ScoreShaping.NONE);
            List<Map<String, Double>> evaluations = new ArrayList<>();
            List<Map<String, Double>> metrics = new ArrayList<>();
            Reward reward = Tiny.reward(PpoTrainingTest::gold);
            try (Parameters values = policy.values().copy(DType.F32); Parameters gradients = new Parameters(policy.backend(), values.layout(), DType.F32);
                    Reference reference = OnlineReference.copy(policy, 1);
                    OnlineTrainer t = new OnlineTrainer(policy, ppo, reward, Arrays::toString, Tiny.prompts(9), sampling, settings)) {
                t.reference(reference).heldOut(Tiny.prompts(64)).critic(trunk.equals("own")
                        ? Critic.own(new Transformer(Tiny.CONFIG, values, gradients), Critic.fresh(Tiny.HIDDEN, 1), critic, OnlineSettings.ADAM, 0)
                        : Critic.shared(Critic.fresh(Tiny.HIDDEN, 1), critic, OnlineSettings.ADAM)).listener(new OnlineListener() {
                            @Override
                            public void onEvaluation(long step, double epoch, Map<String, Double> m) {
                                evaluations.add(m);
                            }

                            @Override
                            public void onMetrics(long step, double epoch, Map<String, Double> m) {
                                metrics.add(m);
                            }
                        }).run();
            }
            double before = evaluations.get(0).get("eval_reward");
            double after = evaluations.get(1).get("eval_reward");
            double kl = evaluations.get(1).get("eval_objective/kl");
            String found = String.format("%s: %.3f to %.3f at KL %.2f; %s", trunk, before, after, kl, metrics.stream().map(m -> m.get("val/explained_variance")).toList());
            assertEquals(2, evaluations.size());
            // Chance is 5 of 10 tokens' worth: 2/12 of a point.
            assertTrue(before < 0.4, found);
            assertTrue(after > 1.0, found);
            assertTrue(kl > 1 && kl < 15, found);
            // The policy moves away from what values were learned on, and rewards come to vary little; still they become better.
            assertTrue(metrics.get(metrics.size() - 1).get("val/explained_variance") - metrics.get(0).get("val/explained_variance") > 0.4, found);
            for (String name : List.of("eps", "objective/kl", "objective/entropy", "objective/non_score_reward", "objective/rlhf_reward", "objective/scores",
                    "policy/approxkl_avg", "policy/clipfrac_avg", "loss/policy_avg", "loss/value_avg", "val/clipfrac_avg", "val/ratio", "val/num_eos_tokens", "lr", "episode")) {
                assertTrue(metrics.get(0).containsKey(name), name);
            }
            assertEquals(iterations * 32.0, metrics.get(metrics.size() - 1).get("episode"));
        });
    }
}
