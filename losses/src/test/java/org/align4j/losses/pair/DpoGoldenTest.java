package org.align4j.losses.pair;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Golden;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class DpoGoldenTest {

    @Test
    void sigmoidCasesOfTrl() {
        assertEquals(4, run("dpo.json"), "plain sigmoid cases in dpo.json");
    }

    @Test
    void conservativeAndReferenceFreeCasesOfTrl() {
        assertEquals(6, run("dpo_legacy.json"), "sigmoid cases in dpo_legacy.json");
    }

    private static int run(String file) {
        int count = 0;
        for (JsonNode c : Golden.cases(file)) {
            JsonNode p = c.get("params");
            if (!p.get("loss_type").asString().equals("sigmoid")) {
                continue;
            }
            double smoothing = p.has("label_smoothing") ? p.get("label_smoothing").asDouble() : 0;
            boolean free = p.has("reference_free") && p.get("reference_free").asBoolean();
            check(c, new DpoLoss(p.get("beta").asDouble(), smoothing, free));
            count++;
        }
        return count;
    }

    private static void check(JsonNode c, DpoLoss loss) {
        String name = c.get("name").asString();
        List<Example> batch = examples(c.get("inputs"), loss.referenceFree(), name.contains("extreme"));
        double[] each = Golden.doubles(c.get("outputs").get("per_example_loss"));
        double[] chosenReward = Golden.doubles(c.get("outputs").get("chosen_rewards"));
        double[] rejectedReward = Golden.doubles(c.get("outputs").get("rejected_rewards"));
        double[] chosenGradient = Golden.doubles(c.get("gradients").get("policy_chosen_logps"));
        double[] rejectedGradient = Golden.doubles(c.get("gradients").get("policy_rejected_logps"));
        Evaluation all = loss.evaluate(batch);
        Golden.close(c.get("outputs").get("mean_loss").asDouble(), all.loss(), name + " mean");
        for (int i = 0; i < batch.size(); i++) {
            Evaluation one = loss.evaluate(List.of(batch.get(i)));
            Golden.close(each[i], one.loss(), name + " loss " + i);
            for (double g : all.gradients().get(i)[0]) {
                Golden.close(chosenGradient[i], g, name + " chosen gradient " + i);
            }
            for (double g : all.gradients().get(i)[1]) {
                Golden.close(rejectedGradient[i], g, name + " rejected gradient " + i);
            }
            if (!loss.referenceFree()) { // without a reference TRL still subtracts one in its logged rewards
                Golden.close(chosenReward[i], one.metric("rewards/chosen"), name + " reward " + i);
                Golden.close(rejectedReward[i], one.metric("rewards/rejected"), name + " reward " + i);
                assertEquals(chosenReward[i] > rejectedReward[i] ? 1 : 0, one.metric("rewards/accuracies"), name + " accuracy " + i);
            }
        }
    }

    /** The extreme cases get one token per response: spreading a sum over tokens would round away the exact ties they are about. */
    private static List<Example> examples(JsonNode in, boolean free, boolean oneToken) {
        double[] w = Golden.doubles(in.get("policy_chosen_logps"));
        double[] l = Golden.doubles(in.get("policy_rejected_logps"));
        double[] rw = Golden.doubles(in.get("ref_chosen_logps"));
        double[] rl = Golden.doubles(in.get("ref_rejected_logps"));
        List<Example> out = new ArrayList<>();
        for (int i = 0; i < w.length; i++) {
            int nw = in.get("chosen_lengths").get(i).asInt();
            int nl = in.get("rejected_lengths").get(i).asInt();
            if (oneToken) {
                nw = 1;
                nl = 1;
            }
            out.add(new Example(List.of(
                    new Example.Response(Golden.spread(w[i], nw), free ? null : Golden.spread(rw[i], nw)),
                    new Example.Response(Golden.spread(l[i], nl), free ? null : Golden.spread(rl[i], nl)))));
        }
        return out;
    }
}
