package org.align4j.recipes.recipe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.recipes.yaml.Overrides;
import org.align4j.recipes.yaml.Place;
import org.align4j.recipes.yaml.Problem;
import org.align4j.recipes.yaml.RecipeException;
import org.align4j.recipes.yaml.RecordDecoder;
import org.align4j.recipes.yaml.YamlNode;
import org.align4j.recipes.yaml.YamlReader;

/** Files to {@link Recipe}s. */
public final class RecipeReader {
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
        Path directory = file.toAbsolutePath().normalize().getParent();
        return parse(file.toString(), text(file, "recipe"), overrides, directory, true);
    }

    /**
     * Reads a recipe out of text.
     *
     * @param source     how to name the text in problems
     * @param base       directory that relative paths start from
     * @param checkFiles whether the files it names must be there
     */
    public static Recipe parse(String source, String text, List<String> overrides, Path base, boolean checkFiles) {
        List<Problem> problems = new ArrayList<>();
        YamlNode root = YamlReader.read(source, text, problems);
        Optional<Recipe> recipe = Optional.empty();
        if (root != null) {
            YamlNode edited = Overrides.apply(root, overrides, problems);
            recipe = new RecordDecoder(base, checkFiles, problems).decode(edited, Recipe.class);
        }
        if (!problems.isEmpty()) {
            throw new RecipeException(source, problems);
        }
        return recipe.orElseThrow();
    }

    /**
     * Reads the settings of a sample stage given on the command line.
     *
     * @param settings {@code path=value}; paths are relative to the working directory
     * @throws RecipeException with every problem, if there is any
     */
    public static Sample sample(List<String> settings) {
        List<Problem> problems = new ArrayList<>();
        YamlNode root = Overrides.apply(new YamlNode.Mapping(List.of(), new Place("the command line", 0, 0)), settings, problems);
        Optional<Sample> sample = new RecordDecoder(Path.of(""), true, problems).decode(root, Sample.class);
        if (!problems.isEmpty()) {
            throw new RecipeException("the command line", problems);
        }
        return sample.orElseThrow();
    }

    /**
     * The text of a file.
     *
     * @param what how to name it in problems: recipe
     * @throws UserException when it cannot be read
     */
    public static String text(Path file, String what) {
        try {
            if (Files.size(file) > 4L * YamlReader.MAX_CHARS) {
                throw new UserException(file + " has " + Files.size(file) + " bytes, more than any " + what + "; is it the right file?");
            }
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(file))).toString();
        } catch (CharacterCodingException e) {
            throw new UserException(file + " is not valid UTF-8; save it as UTF-8, or check that it is a " + what, e);
        } catch (IOException e) {
            String why = Files.isDirectory(file) ? "it is a directory" : Files.exists(file) ? String.valueOf(e.getMessage()) : "there is no such file";
            throw new UserException("The " + what + " " + file + " cannot be read: " + why + ".", e);
        }
    }
}
