package org.align4j.core.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.align4j.core.io.DType;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.io.ModelWriter;
import org.align4j.core.io.TensorEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A single tensor of three models, each larger than heap and buffers of the process together. */
class MergeMemoryTest {
    private static final int ELEMENTS = 8_000_000;

    @TempDir
    private Path dir;

    private void model(String name, int seed) throws Exception {
        Files.createDirectory(dir.resolve(name));
        Files.writeString(dir.resolve(name).resolve("config.json"), "{\"architectures\": [\"Vector\"]}");
        TensorEntry v = new TensorEntry("v", DType.F32, new long[] {ELEMENTS}, (offset, dst, count) -> {
            for (int i = 0; i < count; i++) {
                dst[i] = value(offset + i, seed);
            }
        });
        ModelWriter.write(dir.resolve(name), List.of(v), Long.MAX_VALUE);
    }

    /** Entry i of model a moves by (i mod 1000)/1000, that of model b by nothing. */
    private static float value(long i, int seed) {
        return 1 + (seed == 1 ? i % 1000 * 0.001f : 0);
    }

    @Test
    void memoryDoesNotGrowWithTensors() throws Exception {
        model("base", 0);
        model("a", 1);
        model("b", 2);
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-Xmx22m", "-XX:MaxDirectMemorySize=4m", "-cp",
                System.getProperty("java.class.path"), MergeMemoryMain.class.getName(), dir.toString()).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue(), said);
        float[] v = new float[3000];
        try (ModelWeights w = ModelWeights.open(dir.resolve("ties"))) {
            w.read("v", 5_000_000, v, 0, v.length);
        }
        for (int i = 0; i < v.length; i++) { // the fifth with the largest steps is kept
            assertEquals(i % 1000 >= 800 ? value(i, 1) : 1f, v[i], "entry " + i);
        }
    }
}
