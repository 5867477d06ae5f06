package org.align4j.core.checkpoint;

import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.UserException;

/**
 * A checkpoint whose every file had the size and digest of its manifest when it was opened.
 *
 * @param step the training step it was saved after
 * @param directory where it lies
 * @param files what it holds, by path relative to the directory with {@code /} between the parts
 */
public record Checkpoint(long step, Path directory, Map<String, FileEntry> files) {

    /** Size in bytes and SHA-256 in lower-case hexadecimal. */
    public record FileEntry(long size, String sha256) {}

    public Checkpoint {
        files = Map.copyOf(files);
    }

    /**
     * The path of a file of this checkpoint.
     *
     * @throws UserException if the checkpoint has no such file
     */
    public Path file(String name) {
        if (!files.containsKey(name)) {
            throw new UserException(directory + " has no " + name + "; it was saved by another kind of run, resume that one or start anew");
        }
        return directory.resolve(name);
    }
}
