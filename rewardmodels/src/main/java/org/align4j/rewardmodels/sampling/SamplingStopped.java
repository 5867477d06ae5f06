package org.align4j.rewardmodels.sampling;

import java.nio.file.Path;

/** Thrown when a listener asked to stop: every finished shard is on disk, and the same call goes on from there. */
public final class SamplingStopped extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Path directory;

    SamplingStopped(Path directory, int done, int shards) {
        super("stopped after " + done + " of " + shards + " shards in " + directory);
        this.directory = directory;
    }

    /** Where the finished shards are. */
    public Path directory() {
        return directory;
    }
}
