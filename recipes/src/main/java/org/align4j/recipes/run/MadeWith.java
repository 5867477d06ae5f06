package org.align4j.recipes.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.data.DataReport;
import org.align4j.core.io.Digests;
import org.align4j.recipes.recipe.ModelSpec;
import org.align4j.recipes.recipe.RewardSpec;
import org.align4j.recipes.yaml.RecordWriter;

/**
 * What decides the result of a command that writes into a directory, as its {@code summary.json} holds it under {@code made_with}: a directory that holds
 * the finished result of something else is refused, not overwritten.
 */
final class MadeWith {
    private static final String KEY = "made_with";
    /** Settings that leave the result as it is. */
    private static final Set<String> WITHOUT_EFFECT = Set.of("cache");

    private final Map<String, Object> values = new LinkedHashMap<>();

    /**
     * @param stage   what is done, as a recipe has it
     * @param reports of the rows' files
     * @param others  files that are read beside them
     * @param rewards that are asked
     */
    MadeWith(ModelSpec model, Record stage, Map<Path, DataReport> reports, Stream<Path> others, Stream<RewardSpec> rewards, long seed) {
        values.put("seed", seed);
        values.put("model", model.path().map(Beside::weights).orElse("fresh"));
        values.put("precision", RecordWriter.tree(model.precision()));
        values.put("chat_template", RecordWriter.tree(model.chatTemplate()));
        ((Map<?, ?>) ((Map<?, ?>) RecordWriter.tree(stage)).values().iterator().next()).forEach((k, v) -> {
            if (!WITHOUT_EFFECT.contains(k.toString())) {
                values.put(k.toString(), v == null ? "null" : v.toString());
            }
        });
        Map<String, String> files = new LinkedHashMap<>();
        reports.forEach((file, report) -> files.put(file.toString(), report.sha256()));
        others.forEach(file -> files.put(file.toString(), Digests.sha256(file)));
        rewards.flatMap(r -> Rewards.models(r).stream()).forEach(dir -> files.put(dir.toString(), Beside.weights(dir)));
        values.put("contents", files.toString());
    }

    /** Refuses a directory whose summary is of something else. */
    void require(Path summary) {
        if (!Files.exists(summary)) {
            return;
        }
        Object there = SelectJob.read(summary).get(KEY);
        if (!(there instanceof Map<?, ?> before)) {
            throw new UserException(summary + " does not say what the files beside it were made with, and they would be overwritten. Give another directory as --out, or delete that one.");
        }
        Set<String> other = new TreeSet<>();
        Stream.concat(values.keySet().stream(), before.keySet().stream().map(Object::toString)).filter(k -> !Objects.equals(text(values.get(k)), text(before.get(k)))).forEach(other::add);
        if (!other.isEmpty()) {
            throw new UserException(summary.getParent() + " holds what was made otherwise, and it would be overwritten; different are: " + String.join(", ", other)
                    + ". Give another directory as --out, or delete that one.");
        }
    }

    private static Optional<String> text(Object value) {
        return Optional.ofNullable(value).map(Object::toString);
    }

    /** A summary that says what it was made with. */
    Map<String, Object> in(Map<String, Object> summary) {
        Map<String, Object> m = new LinkedHashMap<>(summary);
        m.put(KEY, values);
        return m;
    }
}
