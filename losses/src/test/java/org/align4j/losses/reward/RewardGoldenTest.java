package org.align4j.losses.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import org.align4j.losses.Golden;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class RewardGoldenTest {

    @Test
    void everyCaseOfTheReference() {
        int cases = 0;
        int metrics = 0;
        for (JsonNode c : Golden.cases("reward.json")) {
            String name = c.get("name").asString();
            JsonNode in = c.get("inputs");
            double[] w = Golden.doubles(in.get("rewards_chosen"));
            double[] l = Golden.doubles(in.get("rewards_rejected"));
            double[] m = in.has("margin") ? Golden.doubles(in.get("margin")) : null;
            PairRewardLoss loss = loss(name, c.get("params"));
            assertEquals(m != null, loss.needsMargin(), name);
            RewardEvaluation e = loss.evaluate(w, l, m);
            Golden.close(c.get("outputs").get("mean_loss").asDouble(), e.loss(), name);
            for (int i = 0; i < w.length; i++) {
                Golden.close(c.get("gradients").get("rewards_chosen").get(i).asDouble(), e.gradients()[0][i], name + " chosen " + i);
                Golden.close(c.get("gradients").get("rewards_rejected").get(i).asDouble(), e.gradients()[1][i], name + " rejected " + i);
                if (c.get("outputs").has("per_example_loss")) {
                    Golden.close(c.get("outputs").get("per_example_loss").get(i).asDouble(), loss.of(w[i], l[i], m[i]).loss(), name + " pair " + i);
                }
            }
            JsonNode expected = c.get("outputs").get("metrics");
            if (expected != null) {
                assertEquals(Set.of("accuracy", "margin", "min_reward", "mean_reward", "max_reward"), e.metrics().keySet());
                for (String k : new String[] {"margin", "min_reward", "mean_reward", "max_reward"}) {
                    Golden.close(expected.get(k).asDouble(), e.metrics().get(k), name + " " + k);
                }
                // The reference took this mean in single precision.
                assertEquals(expected.get("accuracy").asDouble(), e.metrics().get("accuracy"), 1e-7, name);
                metrics++;
            }
            cases++;
        }
        assertEquals(12, cases);
        assertEquals(8, metrics);
    }

    private static PairRewardLoss loss(String name, JsonNode params) {
        JsonNode c = params.get("center_rewards_coefficient");
        double centering = c == null || c.isNull() ? 0 : c.asDouble();
        if (name.startsWith("scaled_bt")) {
            return new ScaledBradleyTerryLoss();
        }
        return name.startsWith("margin_bt") || name.startsWith("bt_margin") ? new MarginBradleyTerryLoss(centering) : new BradleyTerryLoss(centering);
    }
}
