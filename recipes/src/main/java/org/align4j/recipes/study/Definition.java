package org.align4j.recipes.study;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.UserException;
import org.align4j.recipes.eval.Figure;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.rundir.internal.Json;
import org.align4j.recipes.yaml.RecordWriter;

/** What must not change between the cells of one study. The grid may grow; what a cell is may not become something else. */
final class Definition {
    private Definition() {}

    /** Refuses to mix the cells of two different studies in one directory. */
    static void require(StudyFiles files, Study study, Recipe recipe) {
        if (!Files.exists(files.study())) {
            return;
        }
        Study before = StudyReader.read(files.study());
        Map<String, Object> then = parts(before, RecipeReader.read(files.recipe(), List.of()));
        Map<String, Object> now = parts(study, recipe);
        then.forEach((what, value) -> {
            if (now.containsKey(what) && !Objects.equals(value, now.get(what))) {
                throw new UserException("The study in " + files.root() + " was begun with another " + what + " than is given now, and cells of both cannot be compared. Undo the change, or"
                        + " choose another directory with --output. Budgets, ratios, methods and seeds may be added.");
            }
        });
    }

    /** Refuses to go on with other data or another model in the same files. */
    static void requireData(StudyFiles files, Map<String, String> now) {
        if (!Files.exists(files.plan()) || !(Json.readObject(files.plan()).get("needs") instanceof Map<?, ?> needs) || !(needs.get("digests") instanceof Map<?, ?> before)) {
            return;
        }
        now.forEach((file, digest) -> {
            if (before.get(file) != null && !before.get(file).equals(digest)) {
                throw new UserException("The study in " + files.root() + " was begun with other contents of " + file + ": its SHA-256 was " + before.get(file) + " and is " + digest
                        + ". Put the old file back, or choose another directory with --output.");
            }
        });
    }

    /**
     * Refuses cells that were computed from something else than the plan says, such as a method that was given with other settings once before.
     *
     * @return how many say nothing of what they were computed from
     */
    static int requireCells(StudyFiles files, StudyPlan plan) {
        List<String> other = new ArrayList<>();
        int unknown = 0;
        for (StudyPlan.Cell c : plan.cells()) {
            if (Files.exists(files.cell(c.name()))) {
                String digest = Json.read(files.cell(c.name()), CellResult.class).digest();
                if (digest == null) {
                    unknown++;
                } else if (!digest.equals(c.digest())) {
                    other.add(c.name());
                }
            }
        }
        if (!other.isEmpty()) {
            throw new UserException(other.size() + " cells in " + files.cells() + " were computed with other stages, data, weights or evaluations than are given now, and cannot be compared"
                    + " with others: " + String.join(", ", other.subList(0, Math.min(5, other.size()))) + (other.size() > 5 ? ", …" : "")
                    + ". Undo the change, give the method another name, move these files away, or choose another directory with --output.");
        }
        return unknown;
    }

    /** Refuses a metric that is not measured. */
    static void requireMetric(Study study, List<Figure> figures) {
        if (figures.stream().noneMatch(f -> f.name().equals(study.metric()))) {
            throw new UserException("The metric " + study.metric() + " is not among the figures that evaluate gives: "
                    + String.join(", ", figures.stream().map(Figure::name).toList()) + ". Correct metric, or evaluate.");
        }
    }

    private static Map<String, Object> parts(Study s, Recipe r) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("budget", RecordWriter.tree(s.budget()));
        m.put("evaluate", RecordWriter.tree(s.evaluate()));
        s.methods().forEach((name, stages) -> m.put("method " + name, RecordWriter.tree(stages)));
        m.put("model", RecordWriter.tree(r.model()));
        m.put("data", RecordWriter.tree(r.data()));
        m.put("stages of the recipe", RecordWriter.tree(r.stages()));
        return m;
    }
}
