package org.align4j.rewardmodels.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.UserException;
import org.align4j.rewardmodels.head.HeadSettings;
import tools.jackson.databind.JsonNode;

/**
 * What a reward model is beside its weights. Its reward is Σ_a weight_a·r_a over the head's outputs r, then (· − mean)/std.
 *
 * @param head    the head
 * @param outputs names of the head's outputs, {@code reward} where there is one
 * @param weights one for every output; default 1 for the first, 0 for the others
 * @param mean    subtracted from the weighted sum; default 0
 * @param std     then divided by; above 0, default 1
 */
public record RewardConfig(HeadSettings head, List<String> outputs, double[] weights, double mean, double std) {

    public RewardConfig {
        outputs = List.copyOf(outputs);
        weights = weights.clone();
        if (outputs.size() != head.outputs() || weights.length != head.outputs()) {
            throw new IllegalArgumentException("A head with " + head.outputs() + " outputs needs as many names and weights, found " + outputs.size() + " and "
                    + weights.length);
        }
        if (!Double.isFinite(mean) || !(std > 0) || Double.isInfinite(std) || !Arrays.stream(weights).allMatch(Double::isFinite)) {
            throw new IllegalArgumentException("Weights and mean of a reward must be finite and its standard deviation above 0, found " + Arrays.toString(weights)
                    + ", " + mean + " and " + std);
        }
    }

    /** One reward, as the head gives it. */
    public static RewardConfig of(HeadSettings head) {
        return of(head, head.outputs() == 1 ? List.of("reward") : IntStream.range(0, head.outputs()).mapToObj(i -> "attribute-" + i).toList());
    }

    /** Named outputs, of which the first is the reward. */
    public static RewardConfig of(HeadSettings head, List<String> outputs) {
        double[] first = new double[head.outputs()];
        first[0] = 1;
        return new RewardConfig(head, outputs, first, 0, 1);
    }

    public RewardConfig withScale(double newMean, double newStd) {
        return new RewardConfig(head, outputs, weights, newMean, newStd);
    }

    public RewardConfig withWeights(double... value) {
        return new RewardConfig(head, outputs, value, mean, std);
    }

    /** The reward of a row of outputs. */
    double reward(float[] values, int from) {
        double sum = 0;
        for (int a = 0; a < weights.length; a++) {
            sum += weights[a] * values[from + a];
        }
        return (sum - mean) / std;
    }

    /** ∂reward/∂output. */
    double slope(int output) {
        return weights[output] / std;
    }

    Map<String, Object> json() {
        Map<String, Object> h = new LinkedHashMap<>();
        h.put("hidden_size", head.hiddenSize());
        h.put("pooler", head.pooler());
        h.put("dropout", head.dropout());
        h.put("bias", head.bias());
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("head", h);
        m.put("outputs", outputs);
        m.put("weights", weights);
        m.put("mean", mean);
        m.put("std", std);
        return m;
    }

    /** Reads {@link #json}; {@code source} names it in messages. */
    static RewardConfig read(JsonNode json, String source) {
        try {
            JsonNode h = json.required("head");
            List<String> names = new ArrayList<>();
            json.required("outputs").forEach(n -> names.add(n.asString()));
            double[] weights = new double[names.size()];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = json.required("weights").required(i).asDouble();
            }
            HeadSettings settings = new HeadSettings(h.required("hidden_size").asInt(), names.size(), h.required("pooler").asBoolean(), h.required("dropout").asDouble(),
                    h.required("bias").asBoolean());
            return new RewardConfig(settings, names, weights, json.required("mean").asDouble(), json.required("std").asDouble());
        } catch (RuntimeException e) {
            throw new UserException(source + ": " + RewardDirectory.KEY + " does not describe a reward model: " + e.getMessage() + "; fetch or write the model again", e);
        }
    }
}
