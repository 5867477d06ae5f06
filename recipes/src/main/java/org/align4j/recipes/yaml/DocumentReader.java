package org.align4j.recipes.yaml;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.align4j.core.UserException;

/**
 * Files to records of one type.
 *
 * @param type what a document is decoded to
 * @param what what to call a document in errors: {@code recipe}
 */
public record DocumentReader<T extends Record>(Class<T> type, String what) {

    /**
     * Reads a document whose files must be there.
     *
     * @param file      paths in it are relative to its directory
     * @param overrides {@code path=value} settings that replace what the file says
     * @throws RecipeException with every problem, if there is any
     * @throws UserException   when the file cannot be read
     */
    public T read(Path file, List<String> overrides) {
        return read(file, overrides, UnaryOperator.identity());
    }

    /** As {@link #read(Path, List)}, the tree edited before the overrides go into it. */
    public T read(Path file, List<String> overrides, UnaryOperator<YamlNode> edit) {
        return parse(file.toString(), text(file), overrides, file.toAbsolutePath().normalize().getParent(), true, edit);
    }

    /**
     * Reads a document out of text.
     *
     * @param source     how to name the text in problems
     * @param base       directory that relative paths start from
     * @param checkFiles whether the files it names must be there
     */
    public T parse(String source, String text, List<String> overrides, Path base, boolean checkFiles) {
        return parse(source, text, overrides, base, checkFiles, UnaryOperator.identity());
    }

    private T parse(String source, String text, List<String> overrides, Path base, boolean checkFiles, UnaryOperator<YamlNode> edit) {
        List<Problem> problems = new ArrayList<>();
        YamlNode root = YamlReader.read(source, text, problems);
        Optional<T> decoded = Optional.empty();
        if (root != null) {
            decoded = new RecordDecoder(base, checkFiles, problems).decode(Overrides.apply(edit.apply(root), overrides, problems), type);
        }
        if (!problems.isEmpty()) {
            throw new RecipeException(source, problems);
        }
        return decoded.orElseThrow();
    }

    /** The text of a document. */
    public String text(Path file) {
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
