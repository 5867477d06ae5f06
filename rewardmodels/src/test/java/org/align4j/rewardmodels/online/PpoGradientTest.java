package org.align4j.rewardmodels.online;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.backend.DType;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.model.ForwardPass;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.losses.policy.ClippedPolicyLoss;
import org.align4j.losses.policy.ClippedValueLoss;
import org.align4j.losses.policy.Gae;
import org.align4j.losses.policy.KlRewards;
import org.align4j.losses.Kl;
import org.align4j.losses.policy.ScorePlace;
import org.align4j.rewardmodels.head.RewardHead;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The gradient of PPO's loss, through model and value head. */
class PpoGradientTest {
    private static final double TEMPERATURE = 0.7;

    private static PpoObjective ppo(ScorePlace place) {
        return new PpoObjective(KlControl.fixed(new KlRewards(0.1, Kl.K1, KlRewards.Sign.SIGNED, place)), false, true, new Gae(0.99, 0.9), new ClippedPolicyLoss(),
                new ClippedValueLoss(0.5), 0.5);
    }

    private static RolloutMaker maker() {
        RolloutSettings sampling = new RolloutSettings(4, 2, Tiny.sampling(5, TEMPERATURE));
        return new RolloutMaker(Tiny.prompts(4), sampling, Tiny.reward(ids -> ids[0] - 0.5 * ids.length), ids -> "", 64, 3, "rollout");
    }

    private static Rollouts rollouts(Transformer policy, Critic critic, ScorePlace place) {
        RolloutMaker maker = maker();
        RolloutMaker.Answered a = maker.answer(policy, 0, p -> { });
        double[][] lp = maker.logProbs(policy, a.groups());
        return new Rollouts(a.groups(), a.scores(), a.scores(), lp, lp, critic == null ? null : critic.values(policy, a.groups(), place, 64));
    }

    /**
     * The slope along the gradient, by central differences of the loss, is the gradient's length. Values are float32: a difference of 2·0.004 in the loss has
     * an error of some 1e-6, and the third derivative adds as much.
     */
    @ParameterizedTest
    @CsvSource({"shared, last", "shared, after", "own, last", "own, after"})
    void slope(String trunk, String where) throws Exception {
        ScorePlace place = where.equals("last") ? new ScorePlace.LastToken() : new ScorePlace.AfterLastToken(5);
        Tiny.with(8, policy -> {
            policy.temperature(TEMPERATURE);
            try (Parameters values = policy.values().copy(DType.F32); Parameters gradients = new Parameters(policy.backend(), values.layout(), DType.F32)) {
                Transformer own = new Transformer(Tiny.CONFIG, values, gradients);
                RewardHead head = Critic.fresh(Tiny.HIDDEN, 4);
                try (Critic critic = trunk.equals("own") ? Critic.own(own, head, Tiny.constant(1), OnlineSettings.ADAM, 0)
                        : Critic.shared(head, Tiny.constant(1), OnlineSettings.ADAM)) {
                    Rollouts r = rollouts(policy, critic, place);
                    assertTrue(r.values()[0].length == place.states(r.logProbs()[0].length));
                    Objective.Targets targets = ppo(place).targets(r, 0.1);
                    List<Piece> pieces = Piece.cut(r.groups(), 24);
                    assertTrue(pieces.size() > 1);
                    Gradients work = new Gradients(policy, critic, place);
                    work.of(r, targets, pieces);
                    List<Parameters> weights = trunk.equals("own") ? List.of(policy.values(), values) : List.of(policy.values());
                    List<Parameters> slopes = trunk.equals("own") ? List.of(policy.gradients(), gradients) : List.of(policy.gradients());
                    for (int i = 0; i < weights.size(); i++) {
                        Map<String, float[]> direction = Tiny.values(slopes.get(i));
                        double length = normalise(direction.values());
                        check(length, weights.get(i), direction, () -> work.of(r, targets, pieces).loss(), trunk + " trunk " + i);
                    }
                    work.of(r, targets, pieces);
                    float[] g = head.gradients().clone();
                    double length = normalise(List.of(g));
                    float[] at = head.parameters();
                    double up = moved(head, at, g, 0.004, () -> work.of(r, targets, pieces).loss());
                    double down = moved(head, at, g, -0.004, () -> work.of(r, targets, pieces).loss());
                    assertEquals(length, (up - down) / 0.008, 2e-3 * length + 5e-4, "head");
                }
            }
        });
    }

    private interface Loss {
        double now();
    }

    private static double moved(RewardHead head, float[] at, float[] direction, double by, Loss loss) {
        float[] w = at.clone();
        for (int i = 0; i < w.length; i++) {
            w[i] += (float) (by * direction[i]);
        }
        head.parameters(w);
        double found = loss.now();
        head.parameters(at);
        return found;
    }

    private static void check(double length, Parameters weights, Map<String, float[]> direction, Loss loss, String what) {
        Map<String, float[]> at = Tiny.values(weights);
        double[] found = new double[2];
        for (int side = 0; side < 2; side++) {
            for (Slot s : weights.layout().slots()) {
                float[] w = at.get(s.name()).clone();
                float[] d = direction.get(s.name());
                for (int i = 0; i < w.length; i++) {
                    w[i] += (side == 0 ? 0.004f : -0.004f) * d[i];
                }
                weights.backend().upload(weights.get(s.name()), w, 0);
            }
            found[side] = loss.now();
        }
        for (Slot s : weights.layout().slots()) {
            weights.backend().upload(weights.get(s.name()), at.get(s.name()), 0);
        }
        assertTrue(length > 0.01, what + ": " + length);
        assertEquals(length, (found[0] - found[1]) / 0.008, 2e-3 * length + 5e-4, what);
    }

    private static double normalise(Iterable<float[]> all) {
        double squares = 0;
        for (float[] g : all) {
            for (float x : g) {
                squares += (double) x * x;
            }
        }
        for (float[] g : all) {
            for (int i = 0; i < g.length; i++) {
                g[i] /= (float) Math.sqrt(squares);
            }
        }
        return Math.sqrt(squares);
    }

    /** Where the policy is the one that sampled, all ratios are 1 and PPO's gradient is that of −mean(A·log π). */
    @Test
    void atRatioOneItIsThePolicyGradient() throws Exception {
        ScorePlace place = new ScorePlace.LastToken();
        Tiny.with(9, policy -> {
            policy.temperature(TEMPERATURE);
            try (Parameters values = policy.values().copy(DType.F32); Parameters gradients = new Parameters(policy.backend(), values.layout(), DType.F32);
                    Critic critic = Critic.own(new Transformer(Tiny.CONFIG, values, gradients), Critic.fresh(Tiny.HIDDEN, 4), Tiny.constant(1), OnlineSettings.ADAM, 0)) {
                Rollouts r = rollouts(policy, critic, place);
                PpoObjective.PpoTargets targets = (PpoObjective.PpoTargets) ppo(place).targets(r, 0.1);
                UpdateSums sums = new Gradients(policy, critic, place).of(r, targets, Piece.cut(r.groups(), 4096));
                assertEquals(1, sums.metrics(true).get("val/ratio").value(), 1e-6);
                Map<String, float[]> found = Tiny.values(policy.gradients());

                PackedBatch whole = PackedBatch.of(r.groups());
                double[] pull = new double[whole.targets().length];
                int at = 0;
                for (double[] row : targets.advantages()) {
                    for (double a : row) {
                        pull[at++] = -a / pull.length;
                    }
                }
                assertEquals(pull.length, at);
                policy.gradients().clear();
                try (ForwardPass pass = policy.forward(whole)) {
                    pass.backward(pull);
                }
                double largest = 0;
                List<Float> differences = new ArrayList<>();
                for (Map.Entry<String, float[]> e : Tiny.values(policy.gradients()).entrySet()) {
                    for (int i = 0; i < e.getValue().length; i++) {
                        largest = Math.max(largest, Math.abs(e.getValue()[i]));
                        differences.add(Math.abs(e.getValue()[i] - found.get(e.getKey())[i]));
                    }
                }
                // Ratios are e^(rounding of log-probabilities in float32).
                assertEquals(0, differences.stream().max(Float::compare).orElseThrow(), 2e-6 * largest);
                assertTrue(largest > 1e-3);
            }
        });
    }
}
