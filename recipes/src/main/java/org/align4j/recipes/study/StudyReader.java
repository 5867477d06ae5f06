package org.align4j.recipes.study;

import java.nio.file.Path;
import java.util.List;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.yaml.DocumentReader;
import org.align4j.recipes.yaml.JsonSchema;
import org.align4j.recipes.yaml.RecipeException;

/** Files to studies. */
public final class StudyReader {
    private static final String RECIPE = "recipe.";
    private static final DocumentReader<Study> READER = new DocumentReader<>(Study.class, "study");

    private StudyReader() {}

    /** A study and its recipe. */
    public record Pair(Study study, Recipe recipe) {}

    /**
     * Reads a study and the recipe it names, whose files must be there.
     *
     * @param file      the study; paths in it are relative to its directory
     * @param overrides {@code path=value} settings that replace what the file says; those that begin with {@code recipe.} what the recipe says
     * @throws RecipeException with every problem of the one or the other, if there is any
     */
    public static Pair read(Path file, List<String> overrides) {
        List<String> own = overrides.stream().filter(o -> !o.startsWith(RECIPE)).toList();
        List<String> recipe = overrides.stream().filter(o -> o.startsWith(RECIPE)).map(o -> o.substring(RECIPE.length())).toList();
        Study study = READER.read(file, own);
        return new Pair(study, RecipeReader.read(study.recipe(), recipe));
    }

    /** JSON Schema of studies, for editors; ends in a newline. */
    public static String schema() {
        return JsonSchema.text(Study.class, "Align4J study");
    }

    /** Reads a study alone, whose files must be there. */
    static Study read(Path file) {
        return READER.read(file, List.of());
    }
}
