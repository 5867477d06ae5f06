package org.align4j.core.model.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.UserException;
import org.align4j.core.io.internal.StrictJson;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** 10,000 damaged configurations: each is refused with a UserException, or gives a model whose sizes agree with one another. */
class ConfigFuzzTest {
    private static final Object[] EVIL = {null, true, false, 0L, 1L, -1L, 2L, 3L, 7L, 1L << 31, Long.MAX_VALUE, 0.5, -1e300, 1e-300, "", "silu",
        "linear", List.of(), List.of(1L, 2L), Map.of(), Map.of("rope_type", "linear", "factor", 3L), List.of("full_attention", "full_attention")};

    @Test
    void mutatedConfigurationsAreRefusedOrConsistent() {
        Random random = new Random(99);
        int[] accepted = new int[1];
        Assertions.assertTimeoutPreemptively(Duration.ofMinutes(2), () -> {
            List<String> families = ConfigErrorsTest.BASE.keySet().stream().sorted().toList();
            for (int i = 0; i < 10_000; i++) {
                String text = mutate(ConfigErrorsTest.BASE.get(families.get(i % families.size())), random);
                try {
                    verify(ModelConfig.parse(text, "config.json"), text);
                    accepted[0]++;
                } catch (UserException e) {
                    assertTrue(e.getMessage().startsWith("config.json"), e.getMessage());
                }
            }
        });
        assertTrue(accepted[0] > 500 && accepted[0] < 8000, accepted[0] + " accepted");
    }

    private static String mutate(String text, Random random) {
        if (random.nextInt(3) == 0) {
            StringBuilder damaged = new StringBuilder(text);
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                damaged.setCharAt(random.nextInt(damaged.length()), (char) (32 + random.nextInt(96)));
            }
            return random.nextInt(4) == 0 ? damaged.substring(0, random.nextInt(damaged.length())) : damaged.toString();
        }
        Map<String, Object> json = StrictJson.object(text, "base");
        List<String> keys = new ArrayList<>(json.keySet());
        keys.addAll(List.of("rope_scaling", "rope_parameters", "rope_theta", "head_dim", "n_inner", "layer_types", "sliding_window", "eos_token_id",
                "hidden_act", "rms_norm_eps", "layer_norm_epsilon", "tie_word_embeddings", "initializer_range", "use_sliding_window"));
        for (int n = 1 + random.nextInt(2); n > 0; n--) {
            String key = keys.get(random.nextInt(keys.size()));
            if (random.nextInt(6) == 0) {
                json.remove(key);
            } else {
                json.put(key, EVIL[random.nextInt(EVIL.length)]);
            }
        }
        return StrictJson.write(json, 0);
    }

    private static void verify(ModelConfig c, String text) {
        assertEquals(0, c.heads() % c.kvHeads(), text);
        assertTrue(c.normEps() > 0 && c.normEps() < 1, text);
        assertTrue(c.slidingWindow() >= 0, text);
        assertTrue(c.eosIds().stream().allMatch(id -> id >= 0 && id < c.vocabSize()), text);
        double[] frequencies = c.inverseFrequencies();
        assertEquals(c.position() == Position.ROTARY ? c.headDim() / 2 : 0, frequencies.length, text);
        for (double f : frequencies) {
            assertTrue(f > 0 && Double.isFinite(f), text);
        }
        long count = 0;
        for (Parameter p : ParameterNames.expected(c)) {
            assertTrue(p.elements() > 0, p + " of " + text);
            count += p.elements();
        }
        assertEquals(count, c.parameterCount(), text);
        assertEquals(StrictJson.object(text, "a"), StrictJson.object(c.toJson(), "b"));
    }
}
