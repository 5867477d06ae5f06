package org.align4j.core.io.internal;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;
import org.align4j.core.UserException;

/** Turns what the operating system says into what the user can do. */
public final class IoFailures {

    private IoFailures() {}

    /** "Cannot read /a/b: there is no such file; check the path". */
    public static UserException of(String verb, Path path, IOException e) {
        return new UserException("cannot " + verb + " " + path + ": " + explain(e), e);
    }

    private static String explain(IOException e) {
        String reason = e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : String.valueOf(e.getMessage());
        String lower = reason.toLowerCase(Locale.ROOT);
        if (lower.contains("no space") || lower.contains("quota") || lower.contains("not enough space")) {
            return "the disk is full (" + reason + "); free space or choose another directory";
        }
        if (lower.contains("file too large")) {
            return "the file would grow beyond what the file system or the process limit allows (" + reason + "); choose another directory or raise the limit";
        }
        if (lower.contains("read-only file system")) {
            return "the file system is read-only; choose another directory";
        }
        if (e instanceof NoSuchFileException) {
            return "there is no such file or directory; check the path";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied; grant access or choose another directory";
        }
        if (e instanceof NotDirectoryException || lower.contains("not a directory")) {
            return "a part of the path is a file, not a directory; choose another path";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "something of that name exists already; remove it or choose another path";
        }
        if (lower.contains("too many open files")) {
            return "too many open files; raise the limit (ulimit -n)";
        }
        return reason + " (" + e.getClass().getSimpleName() + ")";
    }
}
