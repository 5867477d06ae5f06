package org.align4j.losses.unpaired;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Golden;
import org.align4j.losses.Loss;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class UnpairedGoldenTest {

    @Test
    void ktoAndApoCasesOfTrl() {
        int cases = 0;
        for (JsonNode c : Golden.cases("kto.json")) {
            JsonNode p = c.get("params");
            String type = p.get("loss_type").asString();
            boolean kto = type.equals("kto");
            assertEquals(kto ? "kto" : "apo_zero_unpaired", type);
            double beta = p.get("beta").asDouble();
            double wd = p.get("desirable_weight").asDouble();
            double wu = p.get("undesirable_weight").asDouble();
            Loss loss = kto ? new KtoLoss(beta, wd, wu) : new ApoUnpairedLoss(beta, wd, wu);
            List<Example> batch = examples(c.get("inputs"));
            Evaluation e = loss.evaluate(batch);
            String name = c.get("name").asString();
            check(c, e, name);
            if (kto) {
                Golden.close(c.get("outputs").get("kl").asDouble(), e.metric("kl"), name + " kl");
                for (double[][] g : e.gradients()) {
                    for (double v : g[1]) {
                        assertEquals(0, v, name + " gradient of a mismatched response");
                    }
                }
            } else {
                for (int i = 0; i < batch.size(); i++) {
                    double one = loss.evaluate(List.of(batch.get(i))).loss();
                    Golden.close(c.get("outputs").get("per_example_loss").get(i).asDouble(), one, name + " " + i);
                }
            }
            cases++;
        }
        assertEquals(8, cases);
    }

    /** One example of a batch by itself, with the batch's z₀ as that of its own mismatched response. */
    @Test
    void ktoLossesOneByOne() {
        int checked = 0;
        for (JsonNode c : Golden.cases("kto.json")) {
            JsonNode p = c.get("params");
            if (!p.get("loss_type").asString().equals("kto")) {
                continue;
            }
            KtoLoss loss = new KtoLoss(p.get("beta").asDouble(), p.get("desirable_weight").asDouble(), p.get("undesirable_weight").asDouble());
            double kl = c.get("outputs").get("kl").asDouble();
            List<Example> batch = examples(c.get("inputs"));
            for (int i = 0; i < batch.size(); i++) {
                Example alone = new Example(List.of(batch.get(i).responses().get(0), new Example.Response(new double[] {kl}, new double[] {0})));
                Golden.close(c.get("outputs").get("per_example_loss").get(i).asDouble(), loss.evaluate(List.of(alone)).loss(), c.get("name") + " " + i);
                checked++;
            }
        }
        assertEquals(5 + 5 + 5 + 8 + 5 + 4, checked);
    }

    @Test
    void bcoShiftRunsOverThreeBatches() {
        double[] state = null;
        int cases = 0;
        for (JsonNode c : Golden.cases("bco.json")) {
            BcoLoss loss = new BcoLoss(c.get("params").get("beta").asDouble());
            state = state == null ? loss.initialState() : state;
            running(c.get("inputs").get("running_before"), state, c.get("name") + " before");
            List<Example> batch = examples(c.get("inputs"));
            Evaluation e = loss.evaluate(batch, Batch.of(batch).withState(state));
            check(c, e, c.get("name").asString());
            double delta = c.get("outputs").get("delta").asDouble();
            Golden.close(delta, e.metric("delta"), "delta");
            running(c.get("outputs").get("running_after"), e.state(), c.get("name") + " after");
            for (int i = 0; i < batch.size(); i++) {
                // A count beyond all measure holds the mean where it is, so that one example alone meets the same shift.
                Evaluation one = loss.evaluate(List.of(batch.get(i)), Batch.of(List.of(batch.get(i))).withState(new double[] {delta, 1, 1e18}));
                Golden.close(c.get("outputs").get("per_example_loss").get(i).asDouble(), one.loss(), c.get("name") + " " + i);
            }
            state = e.state();
            cases++;
        }
        assertEquals(3, cases);
    }

    private static void running(JsonNode expected, double[] state, String what) {
        assertEquals(3, state.length);
        Golden.close(expected.get("mean").asDouble(), state[0], what + " mean");
        Golden.close(expected.get("var").asDouble(), state[1], what + " variance");
        Golden.close(expected.get("count").asDouble(), state[2], what + " count");
    }

    /** Loss, gradients and the means of the rewards. */
    private static void check(JsonNode c, Evaluation e, String name) {
        Golden.close(c.get("outputs").get("mean_loss").asDouble(), e.loss(), name);
        int i = 0;
        double[] means = new double[2];
        for (String side : List.of("chosen", "rejected")) {
            double[] expected = Golden.doubles(c.get("gradients").get("policy_" + side + "_logps"));
            for (double g : expected) {
                for (double mine : e.gradients().get(i)[0]) {
                    Golden.close(g, mine, name + " gradient " + i);
                }
                i++;
            }
            if (expected.length == 0) {
                assertFalse(e.metrics().containsKey("rewards/" + side), name);
                continue;
            }
            means[side.equals("chosen") ? 0 : 1] = mean(c.get("outputs").get(side + "_rewards"));
            Golden.close(mean(c.get("outputs").get(side + "_rewards")), e.metric("rewards/" + side), name + " rewards/" + side);
            Golden.close(mean(c.get("inputs").get("policy_" + side + "_logps")), e.metric("logps/" + side), name + " logps/" + side);
        }
        if (e.metrics().containsKey("rewards/margins")) {
            Golden.close(means[0] - means[1], e.metric("rewards/margins"), name + " rewards/margins");
        }
        assertEquals(e.gradients().size(), i);
    }

    private static double mean(JsonNode array) {
        double sum = 0;
        for (double v : Golden.doubles(array)) {
            sum += v;
        }
        return sum / array.size();
    }

    /** Desirable ones first; each with its share of the mismatched responses where there are any. Odd ones get several tokens. */
    private static List<Example> examples(JsonNode in) {
        List<Example> out = new ArrayList<>();
        for (String side : List.of("chosen", "rejected")) {
            double[] lp = Golden.doubles(in.get("policy_" + side + "_logps"));
            double[] lr = Golden.doubles(in.get("ref_" + side + "_logps"));
            for (int i = 0; i < lp.length; i++) {
                List<Example.Response> responses = new ArrayList<>();
                int n = i % 2 == 1 ? 7 : 1;
                responses.add(new Example.Response(Golden.spread(lp[i], n), Golden.spread(lr[i], n), Double.NaN, side.equals("chosen")));
                if (in.has("policy_kl_logps")) {
                    int k = out.size();
                    responses.add(new Example.Response(new double[] {in.get("policy_kl_logps").get(k).asDouble()},
                            new double[] {in.get("ref_kl_logps").get(k).asDouble()}));
                }
                out.add(new Example(responses));
            }
        }
        return out;
    }
}
