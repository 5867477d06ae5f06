package org.align4j.core.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.testing.TinyModels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A soup is the weighted arithmetic mean of every parameter: n + 1 float32 roundings of values of magnitude 1 to 4. */
class SoupTest {
    private static final double TOLERANCE = 1e-6;

    private static Map<String, float[]> values(Parameters p) {
        Map<String, float[]> all = new HashMap<>();
        WeightFiles.forEach(p, (slot, v) -> all.put(slot.name(), v));
        return all;
    }

    private static Parameters random(Backend b, ModelConfig config, long seed) {
        Parameters p = new Parameters(b, new ParameterLayout(config), DType.F32);
        TinyModels.fill(p, seed);
        return p;
    }

    @Test
    void isTheWeightedMean() {
        ModelConfig config = TinyModels.config("gpt2");
        for (String name : List.of("onednn", "nd4j")) {
            try (Backend b = TinyModels.backend(name); Parameters one = random(b, config, 1); Parameters two = random(b, config, 2); Parameters three = random(b, config, 3)) {
                for (double[] w : new double[][] {Soup.equal(3), {0.5, 0.3, 0.2}, {1.5, -0.5, 0}}) {
                    try (Parameters soup = Soup.of(List.of(one, two, three), w)) {
                        mean(w, List.of(values(one), values(two), values(three)), values(soup));
                    }
                }
                try (Parameters same = Soup.of(List.of(one, one), Soup.equal(2))) {
                    values(same).forEach((n, v) -> assertArrayEquals(values(one).get(n), v, n));
                }
            }
        }
    }

    private static void mean(double[] w, List<Map<String, float[]>> models, Map<String, float[]> soup) {
        assertEquals(models.get(0).keySet(), soup.keySet());
        soup.forEach((name, found) -> {
            for (int i = 0; i < found.length; i++) {
                double expected = 0;
                for (int k = 0; k < w.length; k++) {
                    expected += w[k] * models.get(k).get(name)[i];
                }
                assertEquals(expected, found[i], TOLERANCE * Math.max(1, Math.abs(expected)), name);
            }
        });
    }

    @Test
    void ofDirectories(@TempDir Path temp) {
        ModelConfig config = TinyModels.config("llama-gqa-tied");
        try (Backend b = TinyModels.backend("onednn"); Parameters one = random(b, config, 1); Parameters two = random(b, config, 2);
                Parameters wide = random(b, TinyModels.config("llama"), 1)) {
            ModelFiles.publish(temp.resolve("one"), config, one, org.align4j.core.io.DType.F32, null);
            ModelFiles.publish(temp.resolve("two"), config.withSpecialIds(1, 5, 0), two, org.align4j.core.io.DType.F32, null);
            ModelFiles.publish(temp.resolve("wide"), TinyModels.config("llama"), wide, org.align4j.core.io.DType.F32, null);
            try (Parameters soup = Soup.load(b, config, List.of(temp.resolve("one"), temp.resolve("two")), new double[] {0.75, 0.25})) {
                mean(new double[] {0.75, 0.25}, List.of(values(one), values(two)), values(soup));
            }
            long live = b.memory().live();
            UserException e = assertThrows(UserException.class, () -> Soup.load(b, config, List.of(temp.resolve("one"), temp.resolve("wide")), Soup.equal(2)));
            assertTrue(e.getMessage().contains("wide") && e.getMessage().contains("kvHeads"), e.getMessage());
            assertEquals(live, b.memory().live(), "what was loaded must be given back");
            assertThrows(IllegalArgumentException.class, () -> Soup.of(List.of(one, wide), Soup.equal(2)));
            assertThrows(IllegalArgumentException.class, () -> Soup.of(List.of(one, two), new double[] {0.5, 0.6}));
            assertThrows(IllegalArgumentException.class, () -> Soup.of(List.of(one, two), new double[] {1}));
        }
    }
}
