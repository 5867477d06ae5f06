package org.align4j.losses.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import org.align4j.losses.Golden;
import org.align4j.losses.policy.GrpoLoss.Weighting;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** GRPO and its kin, RLOO and their advantages as TRL computes them. */
class GrpoGoldenTest {

    @Test
    void advantages() {
        int count = 0;
        for (JsonNode c : Golden.cases("grpo_rloo.json")) {
            JsonNode p = c.get("params");
            if (!p.has("num_generations")) {
                continue;
            }
            double[] rewards = Golden.doubles(c.get("inputs").get("rewards"));
            int k = p.get("num_generations").asInt();
            double epsilon = p.get("epsilon").asDouble();
            double[] actual = p.has("scale_rewards")
                    ? new GroupAdvantages(k, GroupAdvantages.Scale.valueOf(p.get("scale_rewards").asString().toUpperCase(Locale.ROOT)), epsilon).of(rewards)
                    : new LeaveOneOut(k, p.get("normalize_advantages").asBoolean(), epsilon).of(rewards);
            Rows.equal(new double[][] {Golden.doubles(c.get("outputs").get("advantages"))}, new double[][] {actual}, c.get("name").asString());
            count++;
        }
        assertEquals(5, count);
    }

    @Test
    void surrogates() {
        int count = 0;
        for (JsonNode c : Golden.cases("grpo_rloo.json")) {
            if (!c.get("inputs").has("completion_mask")) {
                continue;
            }
            String name = c.get("name").asString();
            JsonNode p = c.get("params");
            JsonNode in = c.get("inputs");
            double[][] mask = Rows.doubles(in.get("completion_mask"));
            double[][] lp = Rows.masked(Rows.doubles(in.get("per_token_logps")), mask);
            double[][] old = in.has("old_per_token_logps") ? Rows.masked(Rows.doubles(in.get("old_per_token_logps")), mask) : null;
            double[] advantages = Golden.doubles(in.get("advantages"));
            PolicyEvaluation e = p.has("loss_type")
                    ? loss(p).evaluate(lp, old, Rows.masked(Rows.doubles(in.get("ref_per_token_logps")), mask), advantages)
                    : new RlooLoss(p.get("epsilon_low").asDouble(), p.get("epsilon_high").asDouble()).evaluate(lp, old, advantages);
            Golden.close(c.get("outputs").get("mean_loss").asDouble(), e.loss(), name);
            Rows.equal(Rows.doubles(c.get("gradients").get("per_token_logps")), mask, e.gradients(), true, name + " gradient");
            count++;
        }
        assertEquals(9, count);
    }

    private static GrpoLoss loss(JsonNode p) {
        double high = p.get("epsilon_high").asDouble();
        String type = p.get("loss_type").asString();
        GrpoLoss named = switch (type) {
            case "grpo" -> GrpoLoss.grpo();
            case "bnpo" -> GrpoLoss.bnpo();
            case "dr_grpo" -> GrpoLoss.drGrpo(p.get("max_completion_length").asInt());
            case "dapo" -> GrpoLoss.dapo();
            case "cispo" -> GrpoLoss.cispo();
            default -> throw new AssertionError(type);
        };
        Weighting weighting = type.equals("cispo") ? new Weighting.Capped(high) : new Weighting.Clipped(p.get("epsilon_low").asDouble(), high);
        if (type.equals("dapo")) {
            assertEquals(weighting, named.weighting(), "the factory's ranges are TRL's case");
        }
        return new GrpoLoss(weighting, GrpoLoss.Level.valueOf(p.get("importance_sampling_level").asString().toUpperCase(Locale.ROOT)),
                p.get("beta").asDouble(), named.aggregation());
    }
}
