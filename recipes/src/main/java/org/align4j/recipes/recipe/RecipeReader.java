package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.recipes.yaml.DocumentReader;
import org.align4j.recipes.yaml.Overrides;
import org.align4j.recipes.yaml.Place;
import org.align4j.recipes.yaml.Problem;
import org.align4j.recipes.yaml.RecipeException;
import org.align4j.recipes.yaml.RecordDecoder;
import org.align4j.recipes.yaml.YamlNode;

/** Files to {@link Recipe}s. */
public final class RecipeReader {
    private static final DocumentReader<Recipe> READER = new DocumentReader<>(Recipe.class, "recipe");

    private RecipeReader() {}

    /**
     * Reads a recipe whose files must be there.
     *
     * @param file      the recipe; paths in it are relative to its directory
     * @param overrides {@code path=value} settings that replace what the file says
     * @throws RecipeException with every problem, if there is any
     * @throws UserException   when the file cannot be read
     */
    public static Recipe read(Path file, List<String> overrides) {
        return READER.read(file, overrides);
    }

    /**
     * Reads a recipe out of text.
     *
     * @param source     how to name the text in problems
     * @param base       directory that relative paths start from
     * @param checkFiles whether the files it names must be there
     */
    public static Recipe parse(String source, String text, List<String> overrides, Path base, boolean checkFiles) {
        return READER.parse(source, text, overrides, base, checkFiles);
    }

    /**
     * Reads the settings of a sample stage given on the command line.
     *
     * @param settings {@code path=value}; paths are relative to the working directory
     * @throws RecipeException with every problem, if there is any
     */
    public static Sample sample(List<String> settings) {
        return stage(settings, Sample.class);
    }

    /**
     * Reads the settings of a select stage given on the command line.
     *
     * @param settings {@code path=value}; paths are relative to the working directory
     * @throws RecipeException with every problem, if there is any
     */
    public static Select select(List<String> settings) {
        return stage(settings, Select.class);
    }

    private static <T extends Record> T stage(List<String> settings, Class<T> type) {
        List<Problem> problems = new ArrayList<>();
        YamlNode root = Overrides.apply(new YamlNode.Mapping(List.of(), new Place("the command line", 0, 0)), settings, problems);
        Optional<T> stage = new RecordDecoder(Path.of(""), true, problems).decode(root, type);
        if (!problems.isEmpty()) {
            throw new RecipeException("the command line", problems);
        }
        return stage.orElseThrow();
    }
}
