package org.align4j.core.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** Writes the files of one checkpoint. */
@FunctionalInterface
public interface CheckpointContents {

    /** Fills an empty directory; subdirectories are allowed, the name {@code manifest.json} is taken. */
    void write(Path directory) throws IOException;
}
