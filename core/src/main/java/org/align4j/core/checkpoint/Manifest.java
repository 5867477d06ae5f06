package org.align4j.core.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.checkpoint.Checkpoint.FileEntry;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.Digests;
import org.align4j.core.io.internal.StrictJson;

/** {@code manifest.json} of a checkpoint: its step, and size and SHA-256 of every file. */
record Manifest(long step, Map<String, FileEntry> files) {
    static final String NAME = "manifest.json";
    private static final long FORMAT = 1;
    private static final long MAX_BYTES = 64 << 20;

    /** Digests every file below a directory. */
    static Manifest of(long step, Path directory) throws IOException {
        Map<String, FileEntry> files = new TreeMap<>();
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(directory)) {
            paths = walk.filter(p -> !Files.isDirectory(p, LinkOption.NOFOLLOW_LINKS)).toList();
        }
        for (Path path : paths) {
            String name = relative(directory, path);
            if (name.equals(NAME) || !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                throw new IllegalStateException("a checkpoint holds regular files other than " + NAME + ", found " + name);
            }
            files.put(name, new FileEntry(Files.size(path), Digests.sha256(path)));
        }
        return new Manifest(step, files);
    }

    private static String relative(Path directory, Path path) {
        return directory.relativize(path).toString().replace(path.getFileSystem().getSeparator(), "/");
    }

    void write(Path directory) {
        Map<String, Object> entries = new LinkedHashMap<>();
        files.forEach((name, entry) -> {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("size", entry.size());
            json.put("sha256", entry.sha256());
            entries.put(name, json);
        });
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("format", FORMAT);
        json.put("step", step);
        json.put("files", entries);
        AtomicFiles.writeString(directory.resolve(NAME), StrictJson.write(json, 2) + "\n");
    }

    /**
     * Reads a manifest and checks sizes, and digests if asked.
     *
     * @throws UserException naming the file that is missing or differs
     */
    static Manifest verified(Path directory, boolean digests) {
        Manifest manifest = read(directory);
        manifest.files.forEach((name, expected) -> {
            Path file = directory.resolve(name);
            if (!Files.isRegularFile(file)) {
                throw new UserException(name + " is missing");
            }
            long size = size(file, name);
            if (size != expected.size()) {
                throw new UserException(name + " has " + size + " bytes, its manifest says " + expected.size());
            }
            if (digests) {
                String found = Digests.sha256(file);
                if (!found.equals(expected.sha256())) {
                    throw new UserException(name + " has the SHA-256 " + found + ", its manifest says " + expected.sha256());
                }
            }
        });
        return manifest;
    }

    private static long size(Path file, String name) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UserException(name + " cannot be read (" + e.getMessage() + ")", e);
        }
    }

    private static Manifest read(Path directory) {
        Path path = directory.resolve(NAME);
        if (!Files.isRegularFile(path)) {
            throw new UserException(NAME + " is missing");
        }
        Map<String, Object> json;
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new UserException(NAME + " has " + Files.size(path) + " bytes, far more than any manifest");
            }
            json = StrictJson.object(Files.readAllBytes(path), NAME);
        } catch (IOException e) {
            throw new UserException(NAME + " cannot be read (" + e.getMessage() + ")", e);
        }
        if (!Long.valueOf(FORMAT).equals(json.get("format"))) {
            throw new UserException(NAME + " has format " + json.get("format") + ", this version reads " + FORMAT);
        }
        if (!(json.get("step") instanceof Long step) || !(json.get("files") instanceof Map<?, ?> entries)) {
            throw new UserException(NAME + " lacks step or files");
        }
        Map<String, FileEntry> files = new TreeMap<>();
        entries.forEach((name, value) -> files.put(safe((String) name), entry((String) name, value)));
        return new Manifest(step, files);
    }

    private static FileEntry entry(String name, Object value) {
        if (value instanceof Map<?, ?> map && map.get("size") instanceof Long size && map.get("sha256") instanceof String digest) {
            return new FileEntry(size, digest);
        }
        throw new UserException(NAME + " lacks size or sha256 of " + name);
    }

    /** A damaged manifest must not lead out of its directory. */
    private static String safe(String name) {
        for (String part : name.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..") || part.contains("\\") || part.indexOf('\0') >= 0) {
                throw new UserException(NAME + " lists the impossible file name \"" + name + "\"");
            }
        }
        return name;
    }
}
