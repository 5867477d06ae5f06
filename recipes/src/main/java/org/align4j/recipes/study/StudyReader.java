package org.align4j.recipes.study;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.yaml.Overrides;
import org.align4j.recipes.yaml.Problem;
import org.align4j.recipes.yaml.RecipeException;
import org.align4j.recipes.yaml.RecordDecoder;
import org.align4j.recipes.yaml.YamlNode;
import org.align4j.recipes.yaml.YamlReader;

/** Files to studies. */
public final class StudyReader {
    private static final String RECIPE = "recipe.";

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
        Study study = parse(file.toString(), RecipeReader.text(file, "study"), own, file.toAbsolutePath().normalize().getParent());
        return new Pair(study, RecipeReader.read(study.recipe(), recipe));
    }

    /** Reads a study out of text; relative paths start from a directory. */
    static Study parse(String source, String text, List<String> overrides, Path base) {
        List<Problem> problems = new ArrayList<>();
        YamlNode root = YamlReader.read(source, text, problems);
        Optional<Study> study = root == null ? Optional.empty()
                : new RecordDecoder(base, true, problems).decode(Overrides.apply(root, overrides, problems), Study.class);
        if (!problems.isEmpty()) {
            throw new RecipeException(source, problems);
        }
        return study.orElseThrow();
    }
}
