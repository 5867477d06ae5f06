package org.align4j.losses.supervised;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Golden;
import org.align4j.losses.Needs;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class NllLossTest {
    private final NllLoss loss = new NllLoss();

    /** From logits to the loss and back to the gradient of the logits, as the reference computes it. */
    @Test
    void agreesWithReferenceAtTokenLevel() {
        JsonNode c = Golden.cases("dpo_token_level.json").get(0);
        assertEquals("sft", c.get("name").asString());
        JsonNode in = c.get("inputs");
        int n = in.get("num_pairs").asInt();
        List<Example> examples = new ArrayList<>();
        for (int row = 0; row < n; row++) {
            double[] lp = new double[tokens(in, row).size()];
            int k = 0;
            for (int t : tokens(in, row)) {
                double[] logits = Golden.doubles(in.get("logits").get(row).get(t - 1));
                lp[k++] = logits[in.get("input_ids").get(row).get(t).asInt()] - logSumExp(logits);
            }
            examples.add(new Example(List.of(new Example.Response(lp, null))));
        }
        Evaluation e = loss.evaluate(examples);
        Golden.close(c.get("outputs").get("mean_loss").asDouble(), e.loss(), "mean loss");
        int checked = 0;
        for (int row = 0; row < n; row++) {
            int k = 0;
            for (int t : tokens(in, row)) {
                double[] logits = Golden.doubles(in.get("logits").get(row).get(t - 1));
                double[] expected = Golden.doubles(c.get("gradients").get("logits").get(row).get(t - 1));
                double g = e.gradients().get(row)[0][k++];
                int id = in.get("input_ids").get(row).get(t).asInt();
                for (int v = 0; v < logits.length; v++) {
                    double p = Math.exp(logits[v] - logSumExp(logits));
                    Golden.close(expected[v], g * ((v == id ? 1 : 0) - p), "row " + row + " position " + t + " logit " + v);
                    checked++;
                }
            }
        }
        assertEquals(11 * 7, checked);
    }

    @Test
    void onlyTheFirstResponseCounts() {
        Example pair = new Example(List.of(
                new Example.Response(new double[] {-1, -2.5}, null), new Example.Response(new double[] {-9, -9, -9}, null)));
        Evaluation e = loss.evaluate(List.of(pair, pair));
        assertEquals(7.0 / 4, e.loss());
        assertArrayEquals(new double[] {-0.25, -0.25}, e.gradients().get(1)[0]);
        assertArrayEquals(new double[] {0, 0, 0}, e.gradients().get(1)[1]);
    }

    @Test
    void asksForNoReferenceAndDividesByTokens() {
        assertEquals(new Needs(Needs.Arity.SINGLE, Needs.Reduction.TOKEN), loss.needs());
    }

    @Test
    void badInputIsNamed() {
        Example good = new Example(List.of(new Example.Response(new double[] {-1}, null)));
        Example bad = new Example(List.of(new Example.Response(new double[] {-1, Double.NEGATIVE_INFINITY}, null)));
        String m = assertThrows(IllegalArgumentException.class, () -> loss.evaluate(List.of(good, bad))).getMessage();
        assertTrue(m.contains("example 1, response 0, token 1") && m.contains("-Infinity"), m);
        Example none = new Example(List.of());
        m = assertThrows(IllegalArgumentException.class, () -> loss.evaluate(List.of(none))).getMessage();
        assertTrue(m.contains("example 0 has no response"), m);
        Example empty = new Example(List.of(new Example.Response(new double[0], null)));
        m = assertThrows(IllegalArgumentException.class, () -> loss.evaluate(List.of(empty))).getMessage();
        assertTrue(m.contains("has no tokens"), m);
    }

    private static List<Integer> tokens(JsonNode in, int row) {
        List<Integer> out = new ArrayList<>();
        JsonNode mask = in.get("completion_mask").get(row);
        for (int t = 1; t < mask.size(); t++) {
            if (mask.get(t).asInt() == 1) {
                out.add(t);
            }
        }
        return out;
    }

    private static double logSumExp(double[] x) {
        double max = Double.NEGATIVE_INFINITY;
        for (double v : x) {
            max = Math.max(max, v);
        }
        double s = 0;
        for (double v : x) {
            s += Math.exp(v - max);
        }
        return max + Math.log(s);
    }
}
