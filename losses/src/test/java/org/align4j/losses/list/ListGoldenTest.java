package org.align4j.losses.list;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Golden;
import org.align4j.losses.internal.PlackettLuce;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ListGoldenTest {

    @Test
    void everyCaseOfTheReference() {
        int cases = 0;
        int lists = 0;
        for (JsonNode c : Golden.cases("listwise.json")) {
            JsonNode p = c.get("params");
            ListLoss loss = loss(p.get("loss").asString(), p.get("beta").asDouble());
            String name = c.get("name").asString();
            List<Example> batch = new ArrayList<>();
            for (JsonNode list : c.get("inputs").get("lists")) {
                batch.add(example(list, name.contains("extreme")));
            }
            check(c, loss, batch, name);
            cases++;
            lists += batch.size();
        }
        assertEquals(26, cases);
        assertEquals(26 * 3, lists);
    }

    private static void check(JsonNode c, ListLoss loss, List<Example> batch, String name) {
        Evaluation all = loss.evaluate(batch);
        Golden.close(c.get("outputs").get("mean_loss").asDouble(), all.loss(), name);
        for (int i = 0; i < batch.size(); i++) {
            Golden.close(c.get("outputs").get("per_list_loss").get(i).asDouble(), loss.evaluate(List.of(batch.get(i))).loss(), name + " list " + i);
            double[] expected = Golden.doubles(c.get("gradients").get("policy_logps").get(i));
            double[] scores = new double[expected.length];
            for (int r = 0; r < expected.length; r++) {
                for (double g : all.gradients().get(i)[r]) {
                    Golden.close(expected[r], g, name + " list " + i + " response " + r);
                }
                Example.Response response = batch.get(i).responses().get(r);
                scores[r] = loss.beta() * (response.sum() - response.referenceSum());
                Golden.close(c.get("outputs").get("scores").get(i).get(r).asDouble(), scores[r], name + " score");
            }
            if (loss instanceof LambdaLoss) {
                double[] rank = Golden.doubles(c.get("outputs").get("rank").get(i));
                int[] order = PlackettLuce.decreasing(scores);
                double[] mine = new double[order.length];
                for (int k = 0; k < order.length; k++) {
                    mine[order[k]] = k + 1;
                }
                assertArrayEquals(rank, mine, name + " ranks of list " + i);
            }
        }
    }

    private static ListLoss loss(String name, double beta) {
        return switch (name) {
            case "list_mle" -> new ListMleLoss(beta);
            case "softmax_labels" -> new SoftmaxLoss(beta, false);
            case "listnet" -> new ListNetLoss(beta);
            case "lambda_log2" -> new LambdaLoss(beta, LambdaLoss.Discount.LOG2);
            case "lambda_ln" -> new LambdaLoss(beta, LambdaLoss.Discount.LN);
            case "pair_logistic" -> new PairLogisticLoss(beta);
            case "pair_hinge" -> new PairHingeLoss(beta);
            case "point_mse" -> new PointMseLoss(beta);
            case "point_sigmoid" -> new PointSigmoidLoss(beta);
            default -> throw new AssertionError("a loss without an implementation: " + name);
        };
    }

    /** The extreme cases get one token per response: spreading a sum over tokens would round away exact ties. */
    private static Example example(JsonNode list, boolean oneToken) {
        List<Example.Response> responses = new ArrayList<>();
        for (int r = 0; r < list.get("labels").size(); r++) {
            int n = oneToken ? 1 : list.get("lengths").get(r).asInt();
            responses.add(new Example.Response(Golden.spread(list.get("policy_logps").get(r).asDouble(), n),
                    Golden.spread(list.get("ref_logps").get(r).asDouble(), n), list.get("labels").get(r).asDouble(), null));
        }
        return new Example(responses);
    }
}
