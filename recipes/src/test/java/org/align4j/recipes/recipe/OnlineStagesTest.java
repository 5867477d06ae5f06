package org.align4j.recipes.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.align4j.losses.Kl;
import org.align4j.losses.policy.ClippedPolicyLoss;
import org.align4j.losses.policy.ClippedValueLoss;
import org.align4j.losses.policy.Gae;
import org.align4j.losses.policy.GroupAdvantages;
import org.align4j.losses.policy.GrpoLoss;
import org.align4j.losses.policy.KlRewards;
import org.align4j.losses.policy.RlooLoss;
import org.align4j.losses.policy.ScorePlace;
import org.align4j.rewardmodels.online.GrpoObjective;
import org.align4j.rewardmodels.online.KlControl;
import org.align4j.rewardmodels.online.PpoObjective;
import org.align4j.rewardmodels.online.ReinforceObjective;
import org.align4j.rewardmodels.online.RlooObjective;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What online stages make of their settings. */
class OnlineStagesTest {
    private static final String HEAD = "name: x\nmodel: {path: m}\ndata: {prompts: {path: q}}\nstages:\n";

    private static OnlineStage stage(String text) {
        return (OnlineStage) Examples.parse(HEAD + "  - " + text + "\n").stages().get(0);
    }

    private static List<String> problems(String text) {
        return Examples.problems(HEAD + "  - " + text + "\n");
    }

    /** Defaults are those of TRL. */
    @Test
    void defaults() {
        OnlineStage ppo = stage("ppo: {reward: final_answer}");
        assertEquals(new PpoObjective(KlControl.fixed(new KlRewards()), false, true, new Gae(), new ClippedPolicyLoss(), new ClippedValueLoss(), 0.1), ppo.objective());
        assertEquals(4, ppo.updatesPerIteration());
        assertEquals(64, ppo.promptsPerIteration());
        assertEquals(3e-6, ppo.training().learningRate());
        assertEquals(1e-5, ppo.training().adamEpsilon());
        assertEquals(new ReferenceSpec.Frozen(), ppo.reference().orElseThrow());
        assertEquals(new ReferenceSpec.AdapterOff(), stage("ppo: {reward: final_answer, adapter: {}}").reference().orElseThrow());
        assertEquals(new RlooObjective(new RlooLoss(), false, KlControl.fixed(new KlRewards())), stage("rloo: {reward: exact_match}").objective());
        assertEquals(new ReinforceObjective(false, KlControl.fixed(new KlRewards())), stage("reinforce: {reward: exact_match}").objective());
        OnlineStage grpo = stage("grpo: {reward: exact_match}");
        assertEquals(8, grpo.rollout().samples());
        assertTrue(grpo.reference().isEmpty(), "beta is 0");
        assertTrue(stage("grpo: {reward: exact_match, beta: 0.04}").reference().isPresent());
    }

    @ParameterizedTest
    @CsvSource({"grpo, GROUP", "dr_grpo, NONE", "bnpo, GROUP", "dapo, GROUP", "cispo, GROUP", "gspo, GROUP"})
    void membersOfTheFamily(String loss, GroupAdvantages.Scale scale) {
        GrpoLoss expected = switch (loss) {
            case "grpo" -> GrpoLoss.grpo();
            case "dr_grpo" -> GrpoLoss.drGrpo(50);
            case "bnpo" -> GrpoLoss.bnpo();
            case "dapo" -> GrpoLoss.dapo();
            case "cispo" -> GrpoLoss.cispo();
            default -> GrpoLoss.gspo();
        };
        assertEquals(new GrpoObjective(loss, expected.withBeta(0.1), new GroupAdvantages(8, scale, 1e-4), KlControl.fixed(new KlRewards(0))),
                stage("grpo: {reward: exact_match, max_new_tokens: 50, beta: 0.1, loss: " + loss + "}").objective());
    }

    @Test
    void settingsReachTheObjective() {
        PpoObjective ppo = (PpoObjective) stage("ppo: {reward: exact_match, kl_coef: 0.2, kl_estimator: k3, kl_sign: positive, kl_target: 6, kl_horizon: 500, gamma: 0.9, lam: 0.8,"
                + " cliprange: 0.1, cliprange_value: 0.3, vf_coef: 0.5, whiten_rewards: true, whiten_advantages: false, score_place: after_last_token, max_new_tokens: 9}").objective();
        assertEquals(new PpoObjective(new KlControl(new KlRewards(0.2, Kl.K3, KlRewards.Sign.POSITIVE, new ScorePlace.AfterLastToken(9)), 6, 500), true, false, new Gae(0.9, 0.8),
                new ClippedPolicyLoss(0.1), new ClippedValueLoss(0.3), 0.5), ppo);
        GrpoObjective grpo = (GrpoObjective) stage("grpo: {reward: exact_match, epsilon: 0.1, loss: grpo}").objective();
        assertEquals(new GrpoLoss.Weighting.Clipped(0.1, 0.1), grpo.loss().weighting());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "grpo: {reward: exact_match, samples: 1}                           | 2 or more per prompt",
        "rloo: {reward: exact_match, samples: 1}                           | 2 or more per prompt",
        "reinforce: {reward: exact_match, mini_batches: 2}                 | one update per iteration",
        "ppo: {reward: exact_match, reference: cached}                     | choose frozen, adapter_off or soup",
        "ppo: {reward: exact_match, reference: adapter_off}                | needs an adapter",
        "ppo: {reward: exact_match, lisa: {layers: 1}}                     | lisa has no effect",
        "ppo: {reward: exact_match, data: sampled}                         | data has no effect",
        "ppo: {reward: exact_match, kl_coef: 0, kl_target: 6}              | starts at 0",
        "ppo: {reward: exact_match, missing_eos_penalty: 1, missing_eos_score: -1} | keep one",
        "ppo: {reward: exact_match, eval_every: 8}                         | is 0",
        "grpo: {reward: exact_match, loss: cispo, epsilon: 0.2}            | epsilon has no effect with loss cispo",
        "ppo: {reward: exact_match, adapter: {quantize: nf4}}              | in four bits cannot be trained",
        "ppo: {reward: stage}                                              | no reward stage before",
        "ppo: {reward: exact_match, values: reward_model}                  | no reward stage before",
        "ppo: {}                                                           | reward"})
    void refused(String text, String expected) {
        List<String> found = problems(text);
        assertFalse(found.isEmpty(), text);
        assertTrue(found.stream().anyMatch(p -> p.contains(expected)), found.toString());
    }

    @Test
    void promptsAreNeeded() {
        assertTrue(Examples.problems("name: x\nmodel: {path: m}\nstages:\n  - rloo: {reward: exact_match}\n").get(0).contains("has no prompts"));
    }
}
