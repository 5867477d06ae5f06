package org.align4j.rewardmodels.online;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.model.Transformer;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Reference;
import org.align4j.losses.policy.GroupAdvantages;
import org.align4j.losses.policy.GrpoLoss;
import org.align4j.losses.policy.KlRewards;
import org.align4j.losses.policy.RlooLoss;
import org.align4j.rewardmodels.sampling.Prompt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One choice among {@value Tiny#VOCABULARY} tokens, rewards known: where a method must arrive is known in closed form. */
class BanditTest {
    private static final int TOKENS = Tiny.VOCABULARY;

    private static double gain(int token) {
        return (token * 5 % TOKENS) / (double) (TOKENS - 1);
    }

    /** Probabilities of every first token after the prompt. */
    static double[] distribution(Transformer policy, Prompt prompt) {
        List<Group.Response> all = java.util.stream.IntStream.range(0, TOKENS).mapToObj(v -> new Group.Response(new int[] {v}, Double.NaN, null, false)).toList();
        double[] p = policy.logProbs(PackedBatch.of(List.of(new Group(new Location("prompt", 1), prompt.ids(), all))));
        for (int v = 0; v < TOKENS; v++) {
            p[v] = Math.exp(p[v]);
        }
        return p;
    }

    private static void train(Transformer policy, Objective objective, Reference reference, int iterations, int updates, double rate) {
        LrSchedule falling = new LrSchedule(LrSchedule.Shape.LINEAR, rate, 0, (long) iterations * updates, 0);
        OnlineSettings settings = new OnlineSettings(iterations, updates, 1, 4096, falling, OnlineSettings.ADAM, 0, 0, 0, 1, iterations, 3, 0);
        try (OnlineTrainer trainer = new OnlineTrainer(policy, objective, Tiny.reward(ids -> gain(ids[0])), ids -> "", Tiny.prompts(1),
                new RolloutSettings(1, 64, Tiny.sampling(1, 1)), settings)) {
            trainer.reference(reference).run();
        }
    }

    /** The policy that maximises E[r] − κ·KL(π‖π_ref) is π_ref·e^(r/κ), normalised. */
    @ParameterizedTest
    @ValueSource(strings = {"rloo", "reinforce"})
    void regularisedOptimum(String name) throws Exception {
        double kappa = 0.3;
        KlControl kl = KlControl.fixed(new KlRewards(kappa));
        Objective objective = name.equals("rloo") ? new RlooObjective(new RlooLoss(), false, kl) : new ReinforceObjective(false, kl);
        Tiny.with(5, policy -> {
            Prompt prompt = Tiny.prompts(1).get(0);
            double[] expected = distribution(policy, prompt);
            double[] before = expected.clone();
            double sum = 0;
            for (int v = 0; v < TOKENS; v++) {
                expected[v] *= Math.exp(gain(v) / kappa);
                sum += expected[v];
            }
            for (int v = 0; v < TOKENS; v++) {
                expected[v] /= sum;
            }
            try (Reference reference = OnlineReference.copy(policy, 1)) {
                train(policy, objective, reference, name.equals("rloo") ? 80 : 160, name.equals("rloo") ? 2 : 1, 5e-3);
            }
            double[] found = distribution(policy, prompt);
            assertTrue(distance(before, expected) > 0.3, "the start must be far from the optimum: " + distance(before, expected));
            // 160 updates on batches of 64 samples leave noise of some percent.
            assertEquals(0, distance(found, expected), 0.05);
        });
    }

    /** Without a price the best token takes all. */
    @ParameterizedTest
    @ValueSource(strings = {"grpo", "dr_grpo", "bnpo", "dapo", "cispo", "gspo"})
    void bestArm(String name) throws Exception {
        GrpoLoss loss = switch (name) {
            case "grpo" -> GrpoLoss.grpo();
            case "dr_grpo" -> GrpoLoss.drGrpo(1);
            case "bnpo" -> GrpoLoss.bnpo();
            case "dapo" -> GrpoLoss.dapo();
            case "cispo" -> GrpoLoss.cispo();
            default -> GrpoLoss.gspo();
        };
        Tiny.with(6, policy -> {
            train(policy, new GrpoObjective(name, loss, new GroupAdvantages(64), KlControl.none()), null, 60, 2, 6e-3);
            double[] p = distribution(policy, Tiny.prompts(1).get(0));
            double expected = 0;
            for (int v = 0; v < TOKENS; v++) {
                expected += p[v] * gain(v);
            }
            assertTrue(expected > 0.97, name + ": " + expected);
        });
    }

    /** GRPO's pull, k3 in the loss at samples of the policy, has the gradient of KL(π_ref‖π): the optimum is β·π_ref/(λ − r), with λ such that it sums to 1. */
    @Test
    void pullInTheLoss() throws Exception {
        double beta = 0.3;
        Tiny.with(7, policy -> {
            Prompt prompt = Tiny.prompts(1).get(0);
            double[] start = distribution(policy, prompt);
            double low = 1 + 1e-9;
            double high = 1 + beta;
            for (int i = 0; i < 100; i++) {
                double mid = (low + high) / 2;
                double sum = 0;
                for (int v = 0; v < TOKENS; v++) {
                    sum += beta * start[v] / (mid - gain(v));
                }
                if (sum > 1) {
                    low = mid;
                } else {
                    high = mid;
                }
            }
            double[] expected = new double[TOKENS];
            for (int v = 0; v < TOKENS; v++) {
                expected[v] = beta * start[v] / (low - gain(v));
            }
            Objective grpo = new GrpoObjective("grpo", GrpoLoss.grpo().withBeta(beta), new GroupAdvantages(64, GroupAdvantages.Scale.NONE, 1e-4), KlControl.none());
            try (Reference reference = OnlineReference.copy(policy, 1)) {
                train(policy, grpo, reference, 160, 1, 5e-3);
            }
            assertTrue(distance(start, expected) > 0.3);
            assertEquals(0, distance(distribution(policy, prompt), expected), 0.05);
        });
    }

    /** Total variation. */
    private static double distance(double[] p, double[] q) {
        double sum = 0;
        for (int v = 0; v < p.length; v++) {
            sum += Math.abs(p[v] - q[v]) / 2;
        }
        return sum;
    }
}
