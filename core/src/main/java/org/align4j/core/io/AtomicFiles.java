package org.align4j.core.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.UserException;
import org.align4j.core.io.internal.IoFailures;

/**
 * Files and directories that appear whole or not at all: written under a temporary name beside the target, forced to the disk, then renamed.
 * A failure removes what was written; what a killed process leaves behind is told by its name and removed by {@link #deleteLeftovers}.
 */
public final class AtomicFiles {
    // .NAME.PID-TIME.tmp: the process id tells whether the writer is still at work.
    private static final Pattern TEMPORARY = Pattern.compile("\\.(.+)\\.(\\d{1,18})-[0-9a-f]+\\.tmp");

    private AtomicFiles() {}

    /** Something that writes and may fail. */
    @FunctionalInterface
    public interface Body<T> {
        void accept(T target) throws IOException;
    }

    /**
     * Writes a file through a buffered stream, replacing one of that name.
     *
     * @throws UserException naming the file if it cannot be written; the file that was there before is then unchanged
     */
    public static void write(Path target, Body<OutputStream> body) {
        writeChannel(target, channel -> {
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
            body.accept(out);
            out.flush();
        });
    }

    /** Writes UTF-8 text; see {@link #write}. */
    public static void writeString(Path target, String text) {
        write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Writes a file through its channel; see {@link #write}. */
    public static void writeChannel(Path target, Body<FileChannel> body) {
        Path temporary = null;
        // A channel closes itself in an interrupted thread; a request to stop must not spoil the save that answers it.
        boolean interrupted = Thread.interrupted();
        try {
            temporary = temporaryFor(target);
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                body.accept(channel);
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            temporary = null;
            syncDirectory(parent(target));
        } catch (IOException e) {
            throw IoFailures.of("write", target, e);
        } finally {
            if (temporary != null) {
                deleteQuietly(temporary);
            }
            restore(interrupted);
        }
    }

    private static void restore(boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Makes a directory that must not exist yet; {@code fill} is given the temporary one to write into.
     *
     * @throws UserException naming the directory if it exists or cannot be written
     */
    public static void directory(Path target, Body<Path> fill) {
        publish(target, fill, false);
    }

    /**
     * As {@link #directory}, but a directory of that name is replaced. It is moved aside before the new one is moved in, so a kill between
     * the two moves leaves neither under that name; both stay whole on the disk.
     */
    public static void replaceDirectory(Path target, Body<Path> fill) {
        publish(target, fill, true);
    }

    private static void publish(Path target, Body<Path> fill, boolean replace) {
        Path temporary = null;
        Path aside = null;
        boolean interrupted = Thread.interrupted();
        try {
            if (!replace && Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileAlreadyExistsException(target.toString());
            }
            temporary = temporaryFor(target);
            Files.createDirectory(temporary);
            fill.accept(temporary);
            syncTree(temporary);
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                Path old = temporaryFor(target);
                Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
                aside = old;
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            temporary = null;
            syncDirectory(parent(target));
        } catch (IOException e) {
            throw IoFailures.of("write", target, e);
        } finally {
            if (temporary != null) {
                deleteQuietly(temporary);
                restore(aside, target);
            } else if (aside != null) {
                deleteQuietly(aside);
            }
            restore(interrupted);
        }
    }

    private static void restore(Path aside, Path target) {
        if (aside != null) {
            try {
                Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                // The failure that led here is on its way to the user; the old directory stays under its temporary name.
            }
        }
    }

    /** Creates a directory and its parents where they are missing. */
    public static void createDirectories(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw IoFailures.of("create directory", directory, e);
        }
    }

    /**
     * Removes what killed processes left unfinished in a directory; temporaries of processes that are still running are kept.
     *
     * @return how many files and directories were removed
     */
    public static int deleteLeftovers(Path directory) {
        Map<Path, String> found = leftovers(directory);
        found.keySet().forEach(AtomicFiles::deleteTree);
        return found.size();
    }

    /** Temporary files and directories of processes that are no longer running, each with the name it was to be published under. */
    public static Map<Path, String> leftovers(Path directory) {
        Map<Path, String> found = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                Matcher name = TEMPORARY.matcher(entry.getFileName().toString());
                if (name.matches() && !atWork(Long.parseLong(name.group(2)))) {
                    found.put(entry, name.group(1));
                }
            }
        } catch (NoSuchFileException e) {
            return found;
        } catch (IOException e) {
            throw IoFailures.of("read directory", directory, e);
        }
        return found;
    }

    private static boolean atWork(long pid) {
        return pid != ProcessHandle.current().pid() && ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    /** Deletes a file, or a directory with all it holds; links are deleted, not followed. Nothing happens where there is none. */
    public static void deleteTree(Path root) {
        try {
            if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
                return;
            }
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
                    if (e != null) {
                        throw e;
                    }
                    Files.deleteIfExists(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw IoFailures.of("delete", root, e);
        }
    }

    /** Moves a directory out of sight in one step, then deletes it: a kill in between leaves a leftover, never half a directory. */
    public static void deleteDirectory(Path directory) {
        Path aside = temporaryFor(directory);
        try {
            Files.move(directory, aside, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return;
        } catch (IOException e) {
            throw IoFailures.of("delete", directory, e);
        }
        deleteTree(aside);
    }

    private static void syncTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isRegularFile()) {
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.force(true);
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                syncDirectory(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    static void syncDirectory(Path directory) {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Some systems (Windows) cannot force a directory; there the rename is durable by other means.
        }
    }

    static Path temporaryFor(Path target) {
        String name = "." + target.getFileName() + "." + ProcessHandle.current().pid() + "-" + Long.toHexString(System.nanoTime()) + ".tmp";
        return parent(target).resolve(name);
    }

    private static Path parent(Path target) {
        return target.toAbsolutePath().getParent();
    }

    static void deleteQuietly(Path path) {
        try {
            deleteTree(path);
        } catch (UserException e) {
            // The failure that led here matters more; deleteLeftovers will find it by its name.
        }
    }
}
