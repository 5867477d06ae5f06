package org.align4j.rewardmodels.online;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.losses.Kl;
import org.align4j.losses.policy.ClippedPolicyLoss;
import org.align4j.losses.policy.ClippedValueLoss;
import org.align4j.losses.policy.Gae;
import org.align4j.losses.policy.KlRewards;
import org.align4j.losses.policy.PolicyEvaluation;
import org.align4j.losses.policy.ScorePlace;
import org.align4j.losses.policy.Whitening;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Frozen rollouts through the trainer's own path: rewards, whitening, advantages, and the losses and gradients of an update cut into pieces, against the
 * numbers of both layouts of TRL.
 */
class PpoGoldenPathTest {

    @Test
    void currentLayout() throws Exception {
        assertEquals(4, check("trl_v1"));
    }

    @Test
    void classicLayout() throws Exception {
        assertEquals(3, check("classic"));
    }

    private static int check(String layout) throws Exception {
        String root = System.getProperty("align4j.shared", "");
        Path file = Path.of(root.isEmpty() ? "../../shared" : root).resolve("golden/losses/ppo.json");
        assumeTrue(Files.exists(file), "skipped: the reference file golden/losses/ppo.json is not here");
        int count = 0;
        for (JsonNode c : JsonMapper.shared().readTree(Files.readAllBytes(file)).get("cases")) {
            if (c.get("params").path("layout").asString("").equals(layout)) {
                check(c, layout.equals("trl_v1"));
                count++;
            }
        }
        return count;
    }

    private static void check(JsonNode c, boolean current) {
        String name = c.get("name").asString();
        JsonNode p = c.get("params");
        JsonNode in = c.get("inputs");
        JsonNode out = c.get("outputs");
        int width = in.get("logprobs").get(0).size();
        ScorePlace place = current ? new ScorePlace.AfterLastToken(width) : new ScorePlace.LastToken();
        boolean[][] tokens = tokens(in, width, current);
        boolean[][] states = new boolean[tokens.length][];
        for (int i = 0; i < tokens.length; i++) {
            states[i] = tokens[i].clone();
            if (current && count(tokens[i]) < width) {
                states[i][count(tokens[i])] = true;
            }
        }
        Rollouts r = rollouts(in, tokens, states);
        KlRewards paid = switch (current ? p.get("kl_estimator").asString() : p.get("kl_penalty").asString()) {
            case "k1", "kl" -> new KlRewards(p.get("kl_coef").asDouble(), Kl.K1, KlRewards.Sign.SIGNED, place);
            case "k3" -> new KlRewards(p.get("kl_coef").asDouble(), Kl.K3, KlRewards.Sign.SIGNED, place);
            case "abs" -> new KlRewards(p.get("kl_coef").asDouble(), Kl.K1, KlRewards.Sign.ABSOLUTE, place);
            case "mse" -> new KlRewards(p.get("kl_coef").asDouble(), Kl.K2, KlRewards.Sign.SIGNED, place);
            default -> throw new AssertionError(p.toString().toLowerCase(Locale.ROOT));
        };
        boolean whiten = p.get("whiten_rewards").asBoolean();
        PpoObjective ppo = new PpoObjective(KlControl.fixed(paid), whiten, true, new Gae(p.get("gamma").asDouble(), p.get("lam").asDouble()),
                new ClippedPolicyLoss(p.get("cliprange").asDouble()), new ClippedValueLoss(p.get("cliprange_value").asDouble()), p.get("vf_coef").asDouble());
        PpoObjective.PpoTargets t = (PpoObjective.PpoTargets) ppo.targets(r, paid.coefficient());
        if (whiten && !current) {
            // The classic trainer's numbers are those before whitening. It whitens the padding too and lets it into the advantages of the tokens before it;
            // here there is no padding.
            equal(new Whitening(false).of(picked(out.get("rewards"), states)), t.rewards(), name + " rewards");
            return;
        }
        equal(picked(out.get("rewards"), states), t.rewards(), name + " rewards");
        equal(picked(out.get("returns"), states), t.returns(), name + " returns");
        equal(picked(out.get("advantages"), tokens), t.advantages(), name + " advantages");
        update(c, r, t, tokens, states);
    }

    /** The update's losses and gradients, in pieces that share the counts of the whole. */
    private static void update(JsonNode c, Rollouts r, PpoObjective.PpoTargets t, boolean[][] tokens, boolean[][] states) {
        String name = c.get("name").asString();
        JsonNode out = c.get("outputs");
        double[][] logProbs = picked(c.get("inputs").get("new_logprobs"), tokens);
        double[][] values = picked(c.get("inputs").get("vpreds"), states);
        double[][] policyGradient = picked(c.get("gradients").get("new_logprobs"), tokens);
        double[][] valueGradient = picked(c.get("gradients").get("vpreds"), states);
        List<Piece> pieces = Piece.cut(r.groups(), 12);
        assertEquals(true, pieces.size() > 1, name + " must be cut");
        UpdateSums sums = new UpdateSums(r, pieces, t.ppo().place());
        for (Piece piece : pieces) {
            double[][] lp = Picks.of(logProbs, piece.responses());
            PolicyEvaluation policy = t.policy(piece.responses(), lp, sums.tokens());
            PolicyEvaluation value = t.value(piece.responses(), Picks.of(values, piece.responses()), sums.states());
            sums.add(piece, lp, policy);
            sums.addValue(value, t.valueCoefficient());
            equal(Picks.of(policyGradient, piece.responses()), policy.gradients(), name + " policy gradient");
            equal(Picks.of(valueGradient, piece.responses()), value.times(t.valueCoefficient()).gradients(), name + " value gradient");
        }
        close(out.get("pg_loss").asDouble(), sums.metrics(true).get("loss/policy_avg").value(), name + " policy loss");
        close(out.get("vf_loss").asDouble(), sums.metrics(true).get("loss/value_avg").value(), name + " value loss");
        close(out.get("total_loss").asDouble(), sums.loss(), name + " total");
        if (out.has("approx_kl")) {
            close(out.get("approx_kl").asDouble(), sums.approxKl(), name + " approximate KL");
            close(out.get("policy_clip_fraction").asDouble(), sums.metrics(true).get("policy/clipfrac_avg").value(), name + " clip fraction");
            close(out.get("value_clip_fraction").asDouble(), sums.metrics(true).get("val/clipfrac_avg").value(), name + " value clip fraction");
        }
    }

    private static boolean[][] tokens(JsonNode in, int width, boolean current) {
        boolean[][] mask = new boolean[in.get("logprobs").size()][width];
        for (int i = 0; i < mask.length; i++) {
            for (int t = 0; t < width; t++) {
                mask[i][t] = current ? t < in.get("response_lengths").get(i).asInt() : in.get("mask").get(i).get(t).asDouble() == 1;
            }
        }
        return mask;
    }

    private static Rollouts rollouts(JsonNode in, boolean[][] tokens, boolean[][] states) {
        List<Group> groups = new ArrayList<>();
        double[] scores = new double[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            scores[i] = in.get("scores").get(i).asDouble();
            groups.add(new Group(new Location("golden", i + 1), new int[] {1}, List.of(new Group.Response(new int[count(tokens[i])], Double.NaN, null, true))));
        }
        return new Rollouts(groups, scores, scores, picked(in.get("logprobs"), tokens), picked(in.get("ref_logprobs"), tokens), picked(in.get("values"), states));
    }

    private static int count(boolean[] mask) {
        int n = 0;
        for (boolean b : mask) {
            n += b ? 1 : 0;
        }
        return n;
    }

    private static double[][] picked(JsonNode rows, boolean[][] mask) {
        double[][] out = new double[mask.length][];
        for (int i = 0; i < mask.length; i++) {
            out[i] = new double[count(mask[i])];
            int k = 0;
            for (int t = 0; t < mask[i].length; t++) {
                if (mask[i][t]) {
                    out[i][k++] = rows.get(i).get(t).asDouble();
                }
            }
        }
        return out;
    }

    private static void equal(double[][] expected, double[][] found, String what) {
        assertEquals(expected.length, found.length, what);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i].length, found[i].length, what + " " + i);
            for (int t = 0; t < expected[i].length; t++) {
                close(expected[i][t], found[i][t], what + " " + i + "," + t);
            }
        }
    }

    /** The tolerance that the numbers' own documentation asks of doubles. */
    private static void close(double expected, double found, String what) {
        assertEquals(expected, found, 1e-9 * Math.abs(expected) + 1e-12, what);
    }
}
