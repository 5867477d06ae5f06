package org.align4j.core.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds reference files that are not part of the repository; tests that need them are skipped, with the reason, where they are missing. */
public final class Shared {
    private Shared() {}

    public static Path path(String name) {
        String root = System.getProperty("align4j.shared", "");
        Path p = Path.of(root.isEmpty() ? "../../shared" : root).resolve(name);
        assumeTrue(Files.exists(p), "skipped: the reference files shared/" + name + " are not here");
        return p;
    }
}
