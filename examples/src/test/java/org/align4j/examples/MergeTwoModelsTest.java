package org.align4j.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeTwoModelsTest {
    @TempDir
    private Path dir;

    @Test
    void measuresTheMergesOfASmallRun() throws Exception {
        Path evaluation = MergeTwoModels.run(dir.resolve("out"), 3, new MergeTwoModels.Sizes(16, 8, 3), List.of("dare_linear_50"));
        String results = Files.readString(evaluation.resolve("evaluation.json"));
        for (String model : new String[] {"base", "stories", "chains", "dare_linear_50"}) {
            assertTrue(results.contains("\"" + model + "\""), model);
        }
    }
}
