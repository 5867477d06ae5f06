package org.align4j.recipes.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Studies from end to end. */
class StudyTest {
    @TempDir
    Path dir;

    private static long count(Path directory, String end) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(p -> p.getFileName().toString().endsWith(end)).count();
        }
    }

    @Test
    void aWholeGrid() throws IOException {
        TinyStudy study = new TinyStudy(dir);
        assertEquals(0, study.run("--check"), study.err());
        assertEquals(0, study.run(), study.err());
        assertEquals(10, count(study.at("cells"), ".json"));
        assertEquals(3, count(study.at("prefix"), ".json"), "4, 8 and 16 demonstrations: 8 are asked for by two budgets");
        assertTrue(Files.exists(study.at("base.json")));
    }
}
