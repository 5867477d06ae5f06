package org.align4j.losses.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import org.align4j.losses.Golden;
import org.align4j.losses.Kl;
import org.align4j.losses.policy.KlRewards.Sign;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** PPO as both generations of TRL compute it. */
class PpoGoldenTest {

    @Test
    void currentLayout() {
        int count = 0;
        for (JsonNode c : Golden.cases("ppo.json")) {
            if (c.get("params").path("layout").asString("").equals("trl_v1")) {
                current(c);
                count++;
            }
        }
        assertEquals(4, count);
    }

    @Test
    void classicLayout() {
        int count = 0;
        for (JsonNode c : Golden.cases("ppo.json")) {
            if (c.get("params").path("layout").asString("").equals("classic")) {
                classic(c);
                count++;
            }
        }
        assertEquals(3, count);
    }

    @Test
    void whitening() {
        int count = 0;
        for (JsonNode c : Golden.cases("ppo.json")) {
            if (!c.get("params").has("layout")) {
                Whitening w = new Whitening(c.get("params").get("shift_mean").asBoolean(), c.get("params").get("epsilon").asDouble());
                double[][] all = Rows.doubles(c.get("inputs").get("values"));
                double[][] values = Rows.masked(all, Rows.doubles(c.get("inputs").get("mask")));
                Whitening.Moments m = Whitening.Moments.of(values);
                Golden.close(c.get("outputs").get("mean").asDouble(), m.mean(), "mean");
                Golden.close(c.get("outputs").get("variance_unbiased").asDouble(), m.variance(), "variance");
                double[][] expected = Rows.doubles(c.get("outputs").get("whitened"));
                Rows.equal(expected, w.of(all, m), "whitened, padding too");
                Rows.equal(Rows.masked(expected, Rows.doubles(c.get("inputs").get("mask"))), w.of(values), "whitened");
                count++;
            }
        }
        assertEquals(2, count);
    }

    /** Ragged lengths say all that the masks say: n tokens and n + 1 states, but n in a full row. */
    private static void current(JsonNode c) {
        String name = c.get("name").asString();
        JsonNode p = c.get("params");
        JsonNode in = c.get("inputs");
        JsonNode out = c.get("outputs");
        int width = in.get("logprobs").get(0).size();
        int[] lengths = new int[in.get("response_lengths").size()];
        int[] states = new int[lengths.length];
        ScorePlace place = new ScorePlace.AfterLastToken(width);
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = in.get("response_lengths").get(i).asInt();
            states[i] = place.states(lengths[i]);
        }
        double[][] tokenMask = Rows.leading(lengths, width);
        double[][] stateMask = Rows.leading(states, width);
        Rows.equal(Rows.doubles(out.get("response_mask")), tokenMask, name + " response mask");
        Rows.equal(Rows.doubles(out.get("value_mask")), stateMask, name + " value mask");

        double[][] logProbs = Rows.masked(Rows.doubles(in.get("logprobs")), tokenMask);
        double[][] reference = Rows.masked(Rows.doubles(in.get("ref_logprobs")), tokenMask);
        double[][] values = Rows.masked(Rows.doubles(in.get("values")), stateMask);
        Rows.equal(Rows.doubles(out.get("masked_values")), stateMask, values, true, name + " values");
        KlRewards shaped = new KlRewards(p.get("kl_coef").asDouble(), Kl.valueOf(p.get("kl_estimator").asString().toUpperCase(Locale.ROOT)),
                Sign.SIGNED, place);
        Rows.equal(Rows.doubles(out.get("kl")), tokenMask, shaped.divergence(logProbs, reference), true, name + " kl");
        double[][] rewards = shaped.of(logProbs, reference, Golden.doubles(in.get("scores")));
        if (p.get("whiten_rewards").asBoolean()) {
            rewards = new Whitening(false).of(rewards);
        }
        Rows.equal(Rows.doubles(out.get("rewards")), stateMask, rewards, true, name + " rewards");
        Gae.Estimate gae = new Gae(p.get("gamma").asDouble(), p.get("lam").asDouble()).of(rewards, values);
        Rows.equal(Rows.doubles(out.get("returns")), stateMask, gae.returns(), true, name + " returns");
        double[][] advantages = new Whitening(true).of(gae.tokenAdvantages(logProbs));
        Rows.equal(Rows.doubles(out.get("advantages")), tokenMask, advantages, true, name + " advantages");

        PolicyEvaluation policy = new ClippedPolicyLoss(p.get("cliprange").asDouble())
                .evaluate(Rows.masked(Rows.doubles(in.get("new_logprobs")), tokenMask), logProbs, advantages);
        PolicyEvaluation value = new ClippedValueLoss(p.get("cliprange_value").asDouble())
                .evaluate(Rows.masked(Rows.doubles(in.get("vpreds")), stateMask), values, gae.returns());
        losses(c, policy, value, tokenMask, stateMask);
    }

    /**
     * Rows keep their padding where the classic trainer lets it in: it runs GAE over whole rows, and whitens rewards of padding too, which are then
     * no longer 0. So a row is given as a sequence of its full width; the moments and both losses are those of the real tokens.
     */
    private static void classic(JsonNode c) {
        String name = c.get("name").asString();
        JsonNode p = c.get("params");
        JsonNode in = c.get("inputs");
        JsonNode out = c.get("outputs");
        double[][] mask = Rows.doubles(in.get("mask"));
        double[][] logProbs = Rows.doubles(in.get("logprobs"));
        double[][] reference = Rows.doubles(in.get("ref_logprobs"));
        KlRewards shaped = switch (p.get("kl_penalty").asString()) {
            case "kl" -> new KlRewards(p.get("kl_coef").asDouble(), Kl.K1, Sign.SIGNED, new ScorePlace.LastToken());
            case "abs" -> new KlRewards(p.get("kl_coef").asDouble(), Kl.K1, Sign.ABSOLUTE, new ScorePlace.LastToken());
            case "mse" -> new KlRewards(p.get("kl_coef").asDouble(), Kl.K2, Sign.SIGNED, new ScorePlace.LastToken());
            default -> throw new AssertionError(p.toString());
        };
        Rows.equal(Rows.doubles(out.get("kl")), shaped.divergence(logProbs, reference), name + " kl");
        double[][] tokenRewards = shaped.of(Rows.masked(logProbs, mask), Rows.masked(reference, mask), Golden.doubles(in.get("scores")));
        Rows.equal(Rows.masked(Rows.doubles(out.get("rewards")), mask), tokenRewards, name + " rewards");
        double[][] padded = padded(tokenRewards, mask);
        if (p.get("whiten_rewards").asBoolean()) {
            padded = new Whitening(false).of(padded, Whitening.Moments.of(tokenRewards));
        }
        double[][] values = padded(Rows.masked(Rows.doubles(in.get("values")), mask), mask);
        Rows.equal(Rows.doubles(out.get("masked_values")), values, name + " values");
        Gae.Estimate gae = new Gae(p.get("gamma").asDouble(), p.get("lam").asDouble()).of(padded, values);
        Rows.equal(Rows.doubles(out.get("returns")), gae.returns(), name + " returns");
        double[][] advantages = new Whitening(true).of(gae.advantages(), Whitening.Moments.of(Rows.masked(gae.advantages(), mask)));
        Rows.equal(Rows.doubles(out.get("advantages")), advantages, name + " advantages");

        PolicyEvaluation policy = new ClippedPolicyLoss(p.get("cliprange").asDouble()).evaluate(
                Rows.masked(Rows.doubles(in.get("new_logprobs")), mask), Rows.masked(logProbs, mask), Rows.masked(advantages, mask));
        PolicyEvaluation value = new ClippedValueLoss(p.get("cliprange_value").asDouble()).evaluate(
                Rows.masked(Rows.doubles(in.get("vpreds")), mask), Rows.masked(values, mask), Rows.masked(gae.returns(), mask));
        losses(c, policy, value, mask, mask);
        Golden.close(out.get("policy_clip_fraction").asDouble(), policy.metric("policy/clipfrac_avg"), name + " policy clip fraction");
        Golden.close(out.get("value_clip_fraction").asDouble(), value.metric("val/clipfrac_avg"), name + " value clip fraction");
        Golden.close(out.get("approx_kl").asDouble(), policy.metric("policy/approxkl_avg"), name + " approximate KL");
        Golden.close(out.get("policy_kl").asDouble(), policy.metric("policy/policykl"), name + " policy KL");
    }

    private static void losses(JsonNode c, PolicyEvaluation policy, PolicyEvaluation value, double[][] tokenMask, double[][] stateMask) {
        String name = c.get("name").asString();
        JsonNode out = c.get("outputs");
        Golden.close(out.get("pg_loss").asDouble(), policy.loss(), name + " policy loss");
        Golden.close(out.get("vf_loss").asDouble(), value.loss(), name + " value loss");
        PolicyEvaluation weighed = value.times(c.get("params").get("vf_coef").asDouble());
        Golden.close(out.get("total_loss").asDouble(), policy.loss() + weighed.loss(), name + " total");
        Rows.equal(Rows.doubles(c.get("gradients").get("new_logprobs")), tokenMask, policy.gradients(), true, name + " policy gradient");
        Rows.equal(Rows.doubles(c.get("gradients").get("vpreds")), stateMask, weighed.gradients(), true, name + " value gradient");
    }

    private static double[][] padded(double[][] ragged, double[][] mask) {
        double[][] rows = new double[mask.length][mask[0].length];
        for (int i = 0; i < rows.length; i++) {
            int k = 0;
            for (int t = 0; t < rows[i].length; t++) {
                rows[i][t] = mask[i][t] == 1 ? ragged[i][k++] : 0;
            }
        }
        return rows;
    }
}
