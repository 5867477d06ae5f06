package org.align4j.core.merge;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.align4j.core.UserException;

/**
 * A model to merge, written {@code model} or {@code model+adapter} as mergekit has it.
 *
 * @param directory a Hugging Face model directory
 * @param adapter   a PEFT adapter that is added to it while it is read; empty for none
 */
public record ModelRef(Path directory, Optional<Path> adapter) {

    /** A model without an adapter. */
    public static ModelRef of(Path directory) {
        return new ModelRef(directory, Optional.empty());
    }

    /**
     * Reads {@code model} or {@code model+adapter}. A directory that has a plus sign in its name is taken as a whole where it exists.
     *
     * @param base directory that relative paths start from
     * @throws UserException when a directory does not exist
     */
    public static ModelRef parse(String text, Path base) {
        Path whole = base.resolve(text).normalize();
        int plus = text.lastIndexOf('+');
        if (plus <= 0 || plus == text.length() - 1 || Files.isDirectory(whole)) {
            return new ModelRef(existing(whole, "model"), Optional.empty());
        }
        return new ModelRef(existing(base.resolve(text.substring(0, plus)).normalize(), "model"),
                Optional.of(existing(base.resolve(text.substring(plus + 1)).normalize(), "adapter")));
    }

    private static Path existing(Path directory, String what) {
        if (!Files.isDirectory(directory)) {
            throw new UserException("There is no directory " + directory + ", where a " + what + " to merge should be. Models are named by local directories, an adapter"
                    + " on one as model+adapter; fetch what is elsewhere first.");
        }
        return directory;
    }

    @Override
    public String toString() {
        return directory + adapter.map(a -> "+" + a).orElse("");
    }
}
