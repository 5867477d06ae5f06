package org.align4j.losses.pair;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Golden;
import org.align4j.losses.Loss;
import org.align4j.losses.Mixture;
import org.align4j.losses.Needs;
import org.align4j.losses.supervised.NllLoss;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** From logits to the loss and back to the gradient of the logits, as the reference computes it. */
class TokenLevelGoldenTest {

    @Test
    void everyCase() {
        int count = 0;
        for (JsonNode c : Golden.cases("dpo_token_level.json")) {
            check(c, loss(c.get("name").asString(), c.get("params")));
            count++;
        }
        assertEquals(7, count);
    }

    private static Loss loss(String name, JsonNode p) {
        double beta = p.get("beta").asDouble();
        return switch (name) {
            case "sft" -> new NllLoss();
            case "sigmoid" -> new DpoLoss(beta);
            case "sigmoid_plus_sft" -> Mixture.of(List.of(new DpoLoss(beta), new NllLoss()), Golden.doubles(p.get("loss_weights")));
            case "ld_dpo_sigmoid" -> new LdDpoLoss(beta, p.get("ld_alpha").asDouble());
            case "wpo_sigmoid" -> new WpoLoss(new DpoLoss(beta));
            case "ipo" -> new IpoLoss(beta, Needs.Reduction.MEAN);
            case "sigmoid_norm" -> new DpoNormLoss(beta);
            default -> throw new AssertionError("unknown case " + name);
        };
    }

    private static void check(JsonNode c, Loss loss) {
        JsonNode in = c.get("inputs");
        String name = c.get("name").asString();
        int n = in.get("num_pairs").asInt();
        List<Example> batch = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            batch.add(Example.pair(response(in, i), response(in, n + i)));
        }
        Evaluation e = loss.evaluate(batch);
        Golden.close(c.get("outputs").get("mean_loss").asDouble(), e.loss(), name);
        if (e.metrics().containsKey("logps/chosen")) {
            Golden.close(mean(c.get("outputs").get("chosen_logps")), e.metric("logps/chosen"), name);
            Golden.close(mean(c.get("outputs").get("rejected_logps")), e.metric("logps/rejected"), name);
        }
        int checked = 0;
        for (int row = 0; row < 2 * n; row++) {
            double[] g = e.gradients().get(row % n)[row / n];
            int k = 0;
            for (int t = 0; t < in.get("logits").get(row).size(); t++) {
                double[] expected = Golden.doubles(c.get("gradients").get("logits").get(row).get(t));
                boolean target = t + 1 < in.get("completion_mask").get(row).size() && in.get("completion_mask").get(row).get(t + 1).asInt() == 1;
                double[] logits = Golden.doubles(in.get("logits").get(row).get(t));
                double s = target ? g[k++] : 0;
                int id = target ? in.get("input_ids").get(row).get(t + 1).asInt() : -1;
                for (int v = 0; v < logits.length; v++) {
                    double p = Math.exp(logits[v] - logSumExp(logits, 1));
                    Golden.close(expected[v], s * ((v == id ? 1 : 0) - p), name + " row " + row + " position " + t + " logit " + v);
                    checked++;
                }
            }
            assertEquals(g.length, k, name + " row " + row);
        }
        assertEquals(6 * 9 * 7, checked, name);
    }

    private static Example.Response response(JsonNode in, int row) {
        List<double[]> rows = new ArrayList<>();
        for (int t = 1; t < in.get("completion_mask").get(row).size(); t++) {
            if (in.get("completion_mask").get(row).get(t).asInt() == 1) {
                double[] logits = Golden.doubles(in.get("logits").get(row).get(t - 1));
                double[] reference = Golden.doubles(in.get("ref_logits").get(row).get(t - 1));
                int id = in.get("input_ids").get(row).get(t).asInt();
                rows.add(new double[] {logits[id] - logSumExp(logits, 1), reference[id] - logSumExp(reference, 1),
                    logSumExp(logits, 2) - 2 * logSumExp(logits, 1)});
            }
        }
        return new Example.Response(column(rows, 0), column(rows, 1)).withCollision(column(rows, 2));
    }

    private static double[] column(List<double[]> rows, int k) {
        return rows.stream().mapToDouble(r -> r[k]).toArray();
    }

    private static double mean(JsonNode values) {
        double s = 0;
        for (double v : Golden.doubles(values)) {
            s += v;
        }
        return s / values.size();
    }

    private static double logSumExp(double[] x, double scale) {
        double max = Double.NEGATIVE_INFINITY;
        for (double v : x) {
            max = Math.max(max, scale * v);
        }
        double s = 0;
        for (double v : x) {
            s += Math.exp(scale * v - max);
        }
        return max + Math.log(s);
    }
}
