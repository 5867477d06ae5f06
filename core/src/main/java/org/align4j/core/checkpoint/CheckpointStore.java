package org.align4j.core.checkpoint;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.UserException;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.internal.IoFailures;

/**
 * The checkpoints of a run: {@code step-N} directories that appear whole or not at all. Each is written under a temporary name, digested,
 * forced to the disk and renamed, so a process may be killed at any moment. One process at a time may save into a directory.
 */
public final class CheckpointStore {
    private static final Pattern NAME = Pattern.compile("step-(0|[1-9]\\d{0,17})");
    private final Path directory;

    private CheckpointStore(Path directory) {
        this.directory = directory;
    }

    /**
     * Opens a directory of checkpoints, making it where it is missing, completes what a kill interrupted at its very end, and removes
     * what other killed saves have left behind.
     *
     * @throws UserException if it cannot be made
     */
    public static CheckpointStore open(Path directory) {
        AtomicFiles.createDirectories(directory);
        rescue(directory);
        AtomicFiles.deleteLeftovers(directory);
        return new CheckpointStore(directory);
    }

    /**
     * A process killed just before the last rename leaves a whole checkpoint under a temporary name, which may be the only one of its step.
     */
    private static void rescue(Path directory) {
        AtomicFiles.leftovers(directory).forEach((temporary, name) -> {
            Path target = directory.resolve(name);
            if (!NAME.matcher(name).matches() || Files.exists(target)) {
                return;
            }
            try {
                if (Manifest.verified(temporary, true).step() == Long.parseLong(name.substring("step-".length()))) {
                    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
                }
            } catch (UserException | IOException e) {
                // Not whole: it is removed with the other leftovers.
            }
        });
    }

    /** The directory of the checkpoints. */
    public Path directory() {
        return directory;
    }

    /**
     * Saves a checkpoint; one of the same step is replaced.
     *
     * @throws UserException naming the file if something cannot be written; no part of the checkpoint is then left
     */
    public Checkpoint save(long step, CheckpointContents contents) {
        if (step < 0) {
            throw new IllegalArgumentException("a step is not negative, found " + step);
        }
        Path target = directory.resolve("step-" + step);
        Manifest[] manifest = new Manifest[1];
        AtomicFiles.replaceDirectory(target, temporary -> {
            contents.write(temporary);
            manifest[0] = Manifest.of(step, temporary);
            manifest[0].write(temporary);
        });
        return new Checkpoint(step, target, manifest[0].files());
    }

    /**
     * The newest checkpoint all of whose files are as they were saved. Damaged ones on the way to it are reported and passed over.
     *
     * @param aloud is told of every damaged checkpoint: its path, the file, and what is wrong with it
     * @return empty if there is no undamaged checkpoint
     */
    public Optional<Checkpoint> newestValid(Consumer<String> aloud) {
        for (var entry : published().descendingMap().entrySet()) {
            Path path = entry.getValue();
            try {
                Manifest manifest = Manifest.verified(path, true);
                if (manifest.step() != entry.getKey()) {
                    throw new UserException(Manifest.NAME + " says step " + manifest.step());
                }
                return Optional.of(new Checkpoint(entry.getKey(), path, manifest.files()));
            } catch (UserException e) {
                Long before = published().lowerKey(entry.getKey());
                aloud.accept("checkpoint " + path + " is damaged: " + e.getMessage() + "; it is passed over, "
                        + (before == null ? "and there is none before it" : "step-" + before + " before it is tried"));
            }
        }
        return Optional.empty();
    }

    /**
     * Deletes all but the newest checkpoints. One that is plainly damaged (a file missing or of another size) does not count
     * among those kept, but is deleted only when it is older than the last one kept.
     *
     * @param keep how many to keep, at least 1
     */
    public void prune(int keep) {
        if (keep < 1) {
            throw new IllegalArgumentException("at least one checkpoint must be kept, found " + keep);
        }
        int kept = 0;
        for (Path path : published().descendingMap().values()) {
            if (kept == keep) {
                AtomicFiles.deleteDirectory(path);
            } else if (plausible(path)) {
                kept++;
            }
        }
    }

    private static boolean plausible(Path path) {
        try {
            Manifest.verified(path, false);
            return true;
        } catch (UserException e) {
            return false;
        }
    }

    private TreeMap<Long, Path> published() {
        TreeMap<Long, Path> result = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                Matcher name = NAME.matcher(entry.getFileName().toString());
                if (name.matches() && Files.isDirectory(entry)) {
                    result.put(Long.parseLong(name.group(1)), entry);
                }
            }
        } catch (NoSuchFileException e) {
            return result;
        } catch (IOException e) {
            throw IoFailures.of("read directory", directory, e);
        }
        return result;
    }
}
