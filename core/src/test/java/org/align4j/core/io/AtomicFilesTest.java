package org.align4j.core.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
    @TempDir
    Path dir;

    private List<String> names() throws IOException {
        try (Stream<Path> list = Files.list(dir)) {
            return list.map(p -> p.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aFileIsReplacedWholeOrNotAtAll() throws IOException {
        Path file = dir.resolve("a.json");
        AtomicFiles.writeString(file, "one");
        AtomicFiles.writeString(file, "two \u00fc");
        assertEquals("two \u00fc", Files.readString(file));
        UserException e = assertThrows(UserException.class, () -> AtomicFiles.write(file, out -> {
            out.write(new byte[1 << 20]);
            throw new IOException("No space left on device");
        }));
        assertTrue(e.getMessage().contains(file.toString()) && e.getMessage().contains("the disk is full"), e.getMessage());
        assertEquals("two \u00fc", Files.readString(file));
        assertThrows(IllegalStateException.class, () -> AtomicFiles.write(file, out -> {
            throw new IllegalStateException();
        }));
        assertEquals(List.of("a.json"), names());
    }

    @Test
    void aDirectoryAppearsWholeOrNotAtAll() throws IOException {
        Path target = dir.resolve("model");
        AtomicFiles.directory(target, temporary -> {
            Files.createDirectory(temporary.resolve("sub"));
            Files.writeString(temporary.resolve("sub/x"), "1");
            assertFalse(Files.exists(target));
        });
        assertEquals("1", Files.readString(target.resolve("sub/x")));
        UserException exists = assertThrows(UserException.class, () -> AtomicFiles.directory(target, temporary -> { }));
        assertTrue(exists.getMessage().contains("exists already"), exists.getMessage());
        AtomicFiles.replaceDirectory(target, temporary -> Files.writeString(temporary.resolve("y"), "2"));
        assertFalse(Files.exists(target.resolve("sub")));
        assertEquals("2", Files.readString(target.resolve("y")));
        assertThrows(UserException.class, () -> AtomicFiles.replaceDirectory(target, temporary -> {
            Files.writeString(temporary.resolve("z"), "3");
            throw new IOException("broken");
        }));
        assertEquals("2", Files.readString(target.resolve("y")));
        assertEquals(List.of("model"), names());
        AtomicFiles.deleteDirectory(target);
        AtomicFiles.deleteDirectory(target);
        assertEquals(List.of(), names());
    }

    @Test
    void anInterruptedThreadCanStillSave() throws IOException {
        Thread.currentThread().interrupt();
        AtomicFiles.writeString(dir.resolve("a"), "1");
        AtomicFiles.directory(dir.resolve("b"), temporary -> AtomicFiles.writeString(temporary.resolve("c"), "2"));
        assertTrue(Thread.interrupted(), "the request to stop must stay");
        assertEquals("2", Files.readString(dir.resolve("b/c")));
    }

    @Test
    void aPathThroughAFileIsNamedAsSuch() throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "x");
        for (Runnable attempt : List.<Runnable>of(
                () -> AtomicFiles.writeString(file.resolve("a"), "x"),
                () -> AtomicFiles.directory(file.resolve("a"), temporary -> { }),
                () -> AtomicFiles.createDirectories(file.resolve("a")))) {
            UserException e = assertThrows(UserException.class, attempt::run);
            assertTrue(e.getMessage().contains(file.resolve("a").toString()) && e.getMessage().contains("is a file, not a directory"), e.getMessage());
        }
        UserException missing = assertThrows(UserException.class, () -> AtomicFiles.writeString(dir.resolve("no/such/a"), "x"));
        assertTrue(missing.getMessage().contains("no such file or directory"), missing.getMessage());
    }

    @Test
    void leftoversOfDeadProcessesAreRemovedAndOthersKept() throws IOException {
        long self = ProcessHandle.current().pid();
        long parent = ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(self);
        Path dead = Files.createDirectory(dir.resolve(".step-3.999999999999-ab12.tmp"));
        Files.writeString(dead.resolve("x"), "1");
        Files.writeString(dir.resolve(".a.json." + self + "-1f.tmp"), "mine, from before");
        Files.writeString(dir.resolve(".a.json." + parent + "-1f.tmp"), "another process");
        Files.writeString(dir.resolve(".hidden.tmp"), "not ours");
        assertEquals(2, AtomicFiles.deleteLeftovers(dir));
        assertEquals(Stream.of(".a.json." + parent + "-1f.tmp", ".hidden.tmp").sorted().toList(), names());
        assertEquals(0, AtomicFiles.deleteLeftovers(dir.resolve("absent")));
    }

    @Test
    void deletingDoesNotFollowLinks() throws IOException {
        Path outside = Files.createDirectory(dir.resolve("outside"));
        Files.writeString(outside.resolve("precious"), "1");
        Path inside = Files.createDirectory(dir.resolve("inside"));
        Files.createSymbolicLink(inside.resolve("link"), outside);
        AtomicFiles.deleteTree(inside);
        assertFalse(Files.exists(inside));
        assertTrue(Files.exists(outside.resolve("precious")));
    }
}
