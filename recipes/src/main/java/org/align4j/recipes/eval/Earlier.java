package org.align4j.recipes.eval;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.recipes.rundir.internal.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The results that a directory holds already: they may be made again, or more be added to them, but not replaced by others. */
final class Earlier {
    private Earlier() {}

    /**
     * Looks at what is in a suite's directory.
     *
     * @throws UserException where it holds figures of another suite
     */
    static void require(EvalSuite suite) {
        Path file = suite.output().resolve("evaluation.json");
        if (!Files.isRegularFile(file)) {
            return;
        }
        String other;
        try {
            other = difference(JsonMapper.shared().readTree(Files.readAllBytes(file)), suite);
        } catch (JacksonException | IOException e) {
            other = "it cannot be read";
        }
        if (other != null) {
            throw new UserException(file + " holds the results of other settings: " + other + ". Choose another directory with --output (output in a suite), or delete " + suite.output() + ".");
        }
    }

    private static String difference(JsonNode old, EvalSuite suite) {
        JsonNode now = JsonMapper.shared().readTree(Json.compact(EvalResult.settings(suite)));
        JsonNode before = old.path("suite");
        for (String name : List.of("seed", "bootstrap_draws", "baseline")) {
            if (!before.path(name).equals(now.path(name))) {
                return name + " was " + before.path(name) + " and is " + now.path(name);
            }
        }
        for (String part : List.of("models", "evaluations")) {
            for (Map.Entry<String, JsonNode> e : before.path(part).properties()) {
                if (!e.getValue().equals(now.path(part).path(e.getKey()))) {
                    String what = part.substring(0, part.length() - 1) + " " + e.getKey();
                    return now.path(part).has(e.getKey()) ? "the " + what + " was another" : "the " + what + " would be lost";
                }
            }
        }
        return null;
    }
}
