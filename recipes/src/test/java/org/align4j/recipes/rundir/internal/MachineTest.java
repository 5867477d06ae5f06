package org.align4j.recipes.rundir.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
    @TempDir
    Path tmp;

    @Test
    void featuresThatMatterAreKept() throws IOException {
        Path file = Files.writeString(tmp.resolve("cpuinfo"), """
                processor\t: 0
                model name\t: Some CPU @ 2.00GHz
                flags\t\t: fpu vme sse4_2 avx2 avx512_bf16 amx_bf16 rtm
                processor\t: 1
                model name\t: Some CPU @ 2.00GHz
                """);
        Map<String, Object> cpu = Machine.cpu(file);
        assertEquals("Some CPU @ 2.00GHz", cpu.get("model"));
        assertEquals(List.of("sse4_2", "avx2", "avx512_bf16", "amx_bf16"), cpu.get("features"));
        assertEquals(Map.of("cores", Runtime.getRuntime().availableProcessors()), Machine.cpu(tmp.resolve("none")));
    }

    @Test
    void memoryIsInBytes() {
        assertTrue(((Number) Machine.memory().get("total")).longValue() > 100_000_000);
    }

    @Test
    void noRepositoryNoCommit() {
        assertTrue(GitState.of(tmp.resolve("missing")).isEmpty());
        assertTrue(GitState.of(tmp).isEmpty());
        assertFalse(Machine.java().containsValue(null));
    }
}
