package org.align4j.rewardmodels.online;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.UserException;
import org.align4j.core.data.Group;
import org.align4j.core.train.Reference;
import org.align4j.losses.policy.GroupAdvantages;
import org.align4j.losses.policy.GrpoLoss;
import org.align4j.losses.policy.KlRewards;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.sampling.Prompt;
import org.junit.jupiter.api.Test;

/** What rollouts are made of, and what is done to scores. */
class RolloutTest {

    @Test
    void everyPromptOncePerEpochAndSeededByItsPlace() throws Exception {
        Tiny.with(1, policy -> {
            List<Prompt> prompts = Tiny.prompts(6);
            Reward reward = Tiny.reward(ids -> ids.length);
            RolloutMaker maker = new RolloutMaker(prompts, new RolloutSettings(4, 2, Tiny.sampling(4, 1)), reward, ids -> "", 64, 5, "rollout");
            List<Long> rows = new ArrayList<>();
            List<List<int[]>> answers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                for (Group g : maker.answer(policy, i, p -> { }).groups()) {
                    rows.add(g.at().row());
                    answers.add(g.responses().stream().map(Group.Response::ids).toList());
                }
            }
            // Twelve prompts of six: two epochs, the second of which begins inside the second iteration.
            assertEquals(Set.of(1L, 2L, 3L, 4L, 5L, 6L), new HashSet<>(rows.subList(0, 6)));
            assertEquals(Set.of(1L, 2L, 3L, 4L, 5L, 6L), new HashSet<>(rows.subList(6, 12)));
            assertFalse(rows.subList(0, 6).equals(rows.subList(6, 12)), "epochs have orders of their own");
            RolloutMaker.Answered again = maker.answer(policy, 1, p -> { });
            for (int g = 0; g < 4; g++) {
                for (int s = 0; s < 2; s++) {
                    assertArrayEquals(answers.get(4 + g).get(s), again.groups().get(g).responses().get(s).ids());
                }
                assertArrayEquals(again.groups().get(g).responses().stream().mapToDouble(r -> r.ids().length).toArray(), Arrays.copyOfRange(again.scores(), 2 * g, 2 * g + 2));
            }
            List<String> texts = answers.stream().flatMap(List::stream).map(Arrays::toString).toList();
            assertTrue(new HashSet<>(texts).size() > 18, "24 samples of up to 4 tokens differ as a rule: " + texts);
        });
    }

    @Test
    void rewardsSeeTextTokensAndTheKnownAnswer() throws Exception {
        Tiny.with(1, policy -> {
            Prompt prompt = new Prompt(new org.align4j.core.data.Text.Plain("two"), new int[] {1, 4}, "42");
            List<Question> seen = new ArrayList<>();
            Reward spy = new Reward() {
                @Override
                public List<double[]> score(List<Question> questions) {
                    seen.addAll(questions);
                    return questions.stream().map(q -> new double[q.answers().size()]).toList();
                }

                @Override
                public String name() {
                    return "spy";
                }

                @Override
                public String digest() {
                    return "";
                }
            };
            new RolloutMaker(List.of(prompt), new RolloutSettings(2, 3, Tiny.sampling(6, 1)), spy, Arrays::toString, 64, 5, "rollout").answer(policy, 0, p -> { });
            assertEquals(2, seen.size());
            assertEquals("42", seen.get(0).reference());
            assertEquals(new org.align4j.core.data.Text.Plain("two"), seen.get(0).prompt());
            for (Question q : seen) {
                for (Answer a : q.answers()) {
                    int n = a.ids().length;
                    assertEquals(a.ids()[n - 1] == Tiny.END, a.ended());
                    assertEquals(Arrays.toString(a.ended() ? Arrays.copyOf(a.ids(), n - 1) : a.ids()), a.text());
                }
            }
        });
    }

    @Test
    void scoresThatAreNoNumbersAreRefused() throws Exception {
        Tiny.with(1, policy -> {
            RolloutMaker maker = new RolloutMaker(Tiny.prompts(2), new RolloutSettings(2, 1, Tiny.sampling(2, 1)), Tiny.reward(ids -> Double.NaN), ids -> "", 64, 5, "rollout");
            String m = assertThrows(UserException.class, () -> maker.answer(policy, 0, p -> { })).getMessage();
            assertTrue(m.contains("prompt:") && m.contains("NaN") && m.contains("a function of the tokens"), m);
        });
    }

    @Test
    void unfinishedResponses() {
        assertEquals(3, new Unfinished.Kept().score(3, false));
        assertEquals(2, new Unfinished.Subtracted(1).score(3, false));
        assertEquals(3, new Unfinished.Subtracted(1).score(3, true));
        assertEquals(-10, new Unfinished.Fixed(-10).score(3, false));
        assertEquals(3, new Unfinished.Fixed(-10).score(3, true));
        assertThrows(IllegalArgumentException.class, () -> new Unfinished.Subtracted(0));
    }

    @Test
    void runningMomentsAreThoseOfAllScores() {
        double[] all = {1, 4, -2, 0.5, 7, 3, 3};
        ScoreShaping.Moments m = ScoreShaping.Moments.EMPTY.plus(Arrays.copyOf(all, 3)).plus(Arrays.copyOfRange(all, 3, 7));
        double mean = Arrays.stream(all).average().orElseThrow();
        double variance = Arrays.stream(all).map(x -> (x - mean) * (x - mean)).sum() / 6;
        assertEquals(mean, m.mean(), 1e-12);
        assertEquals(Math.sqrt(variance), m.deviation(), 1e-12);
        double[] shaped = new ScoreShaping(true, 1).of(new double[] {mean, 7}, m);
        assertEquals(0, shaped[0], 1e-12);
        assertEquals(1, shaped[1], "7 is more than a deviation above the mean");
        assertArrayEquals(new double[] {-0.5, 0.25}, new ScoreShaping(false, 0.5).of(new double[] {-2, 0.25}, m));
    }

    @Test
    void adaptiveCoefficient() {
        KlControl c = new KlControl(new KlRewards(0.2), 6, 10_000);
        assertEquals(0.2 * (1 + 0.2 * 256 / 10_000), c.next(0.2, 60, 256), 1e-15, "held at +0.2");
        assertEquals(0.2 * (1 - 0.2 * 256 / 10_000), c.next(0.2, -1, 256), 1e-15, "held at −0.2");
        assertEquals(0.2 * (1 + 0.1 * 256 / 10_000), c.next(0.2, 6.6, 256), 1e-15);
        assertEquals(0.2, KlControl.fixed(new KlRewards(0.2)).next(0.2, 60, 256));
        assertThrows(IllegalArgumentException.class, () -> new KlControl(new KlRewards(0), 6, 100));
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() throws Exception {
        Tiny.with(1, policy -> {
            OnlineSettings two = new OnlineSettings(1, 2, 1, 64, Tiny.constant(1e-3), OnlineSettings.ADAM, 0, 0, 0, 1, 1, 0, 0);
            RolloutSettings pairs = new RolloutSettings(2, 2, Tiny.sampling(2, 1));
            Reward reward = Tiny.reward(ids -> 0);
            refused("one update per iteration for reinforce", () -> new OnlineTrainer(policy, new ReinforceObjective(false, KlControl.none()), reward, ids -> "",
                    Tiny.prompts(2), pairs, two));
            Objective grpo = new GrpoObjective("grpo", GrpoLoss.grpo().withBeta(0.1), new GroupAdvantages(2), KlControl.none());
            refused("2 or more responses per prompt for grpo", () -> new OnlineTrainer(policy, grpo, reward, ids -> "", Tiny.prompts(2),
                    new RolloutSettings(2, 1, Tiny.sampling(2, 1)), two));
            refused("at most as many mini-batches as prompts", () -> new OnlineTrainer(policy, grpo, reward, ids -> "", Tiny.prompts(2), pairs,
                    new OnlineSettings(1, 1, 3, 64, Tiny.constant(1e-3), OnlineSettings.ADAM, 0, 0, 0, 1, 1, 0, 0)));
            try (OnlineTrainer t = new OnlineTrainer(policy, grpo, reward, ids -> "", Tiny.prompts(2), pairs, two)) {
                refused("a reference for grpo", t::run);
            }
            refused("a temperature above 0", () -> new RolloutSettings(1, 1, Tiny.sampling(2, 1).withTemperature(0)));
        });
    }

    private static void refused(String expected, org.junit.jupiter.api.function.Executable work) {
        String m = assertThrows(IllegalArgumentException.class, work).getMessage();
        assertTrue(m.contains(expected), m);
    }

    /** The reference is asked at the temperature of sampling: a policy that is its own reference has no divergence from it. */
    @Test
    void referencesHaveTheTemperatureOfSampling() throws Exception {
        Tiny.with(1, policy -> {
            OnlineSettings one = new OnlineSettings(1, 1, 1, 64, Tiny.constant(1e-3), OnlineSettings.ADAM, 0, 0, 0, 1, 1, 0, 0);
            Objective grpo = new GrpoObjective("grpo", GrpoLoss.grpo().withBeta(0.1), new GroupAdvantages(2), KlControl.none());
            Map<String, Double> found = new java.util.HashMap<>();
            try (Reference reference = OnlineReference.copy(policy, 0.5);
                    Reference soup = OnlineReference.soup(policy, List.of(policy.values(), policy.values()), new double[] {0.5, 0.5}, 0.5);
                    OnlineTrainer t = new OnlineTrainer(policy, grpo, Tiny.reward(ids -> ids.length), ids -> "", Tiny.prompts(4), new RolloutSettings(4, 4, Tiny.sampling(4, 0.5)),
                            one)) {
                t.reference(reference).listener(new OnlineListener() {
                    @Override
                    public void onMetrics(long step, double epoch, Map<String, Double> metrics) {
                        found.putAll(metrics);
                    }

                    @Override
                    public void onRollouts(long iteration, Rollouts r) {
                        double[][] soups = new RolloutMaker(Tiny.prompts(4), new RolloutSettings(4, 4, Tiny.sampling(4, 0.5)), null, null, 64, 0, "").logProbs(soup, r.groups());
                        for (int i = 0; i < soups.length; i++) {
                            assertArrayEquals(r.logProbs()[i], soups[i], 1e-5, "the mean of twice the same is the same");
                        }
                    }
                }).run();
            }
            assertEquals(0, found.get("objective/kl"), 1e-6);
            assertEquals(0, found.get("kl"), 1e-6);
            assertEquals(1, found.get("val/ratio"), 1e-6);
            assertEquals(1, policy.temperature(), "set back");
            assertTrue(found.get("objective/entropy") > 0 && found.get("grad_norm") > 0);
        });
    }
}
