package org.align4j.losses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reference vectors of the losses. */
public final class Golden {
    private Golden() {
    }

    public static JsonNode cases(String file) {
        String shared = System.getProperty("align4j.shared", "");
        Path path = Path.of(shared, "golden", "losses", file);
        assumeTrue(!shared.isEmpty() && Files.exists(path), "skipped: ../shared/golden/losses/" + file + " is not here");
        return JsonMapper.shared().readTree(path.toFile()).get("cases");
    }

    public static double[] doubles(JsonNode array) {
        double[] a = new double[array.size()];
        for (int i = 0; i < a.length; i++) {
            a[i] = array.get(i).asDouble();
        }
        return a;
    }

    public static void close(double expected, double actual, String what) {
        assertEquals(expected, actual, 1e-9 * Math.abs(expected) + 1e-12, what);
    }

    /** A number spread over tokens unevenly; the parts add up to it but for rounding. */
    public static double[] spread(double total, int tokens) {
        double[] a = new double[tokens];
        double weights = tokens * (tokens + 1) / 2.0;
        for (int t = 0; t < tokens; t++) {
            a[t] = total * (t + 1) / weights;
        }
        return a;
    }
}
