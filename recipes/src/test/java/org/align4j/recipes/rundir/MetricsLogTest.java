package org.align4j.recipes.rundir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsLogTest {
    @TempDir
    Path tmp;
    private Path file;

    @BeforeEach
    void name() {
        file = tmp.resolve("metrics.jsonl");
    }

    @Test
    void linesAreOnDiskAtOnceAndInOrder() throws IOException {
        try (MetricsLog log = MetricsLog.open(file)) {
            Map<String, Double> m = new LinkedHashMap<>();
            m.put("loss", 0.1 + 0.2);
            m.put("rewards/margins", Double.NaN);
            log.append("dpo", 1, m);
            assertEquals("{\"stage\":\"dpo\",\"step\":1,\"loss\":0.30000000000000004,\"rewards/margins\":\"NaN\"}\n", Files.readString(file));
        }
        MetricsLog.Line line = MetricsLog.read(file).get(0);
        assertEquals(new MetricsLog.Line("dpo", 1, Map.of("loss", 0.30000000000000004, "rewards/margins", Double.NaN)), line);
    }

    @Test
    void noLogHasNoLines() {
        assertEquals(List.of(), MetricsLog.read(file));
    }

    @Test
    void resumingCutsWhatCameAfterTheCheckpoint() {
        steps("sft", 1, 2, 3);
        steps("dpo", 1, 2, 3);
        MetricsLog.resumeAt(file, "dpo", 2).close();
        assertEquals(List.of("sft1", "sft2", "sft3", "dpo1", "dpo2"), names());
        MetricsLog.resumeAt(file, "dpo", 0).close();
        assertEquals(List.of("sft1", "sft2", "sft3"), names());
        steps("dpo", 1);
        MetricsLog.resumeAt(file, "sft", 3).close();
        assertEquals(List.of("sft1", "sft2", "sft3"), names(), "a later stage goes too");
        MetricsLog.resumeAt(file, "sft", 0).close();
        assertEquals(List.of(), names());
    }

    @Test
    void resumedLogEqualsUninterruptedOne() throws IOException {
        steps("sft", 1, 2, 3, 4, 5);
        byte[] whole = Files.readAllBytes(file);
        for (int cut = 0; cut <= whole.length; cut++) {
            Files.write(file, java.util.Arrays.copyOf(whole, cut));
            int complete = MetricsLog.read(file).size();
            int checkpoint = Math.min(complete, 3);
            MetricsLog.resumeAt(file, "sft", checkpoint).close();
            for (int s = checkpoint + 1; s <= 5; s++) {
                steps("sft", s);
            }
            assertEquals(new String(whole), Files.readString(file), "cut at byte " + cut);
        }
    }

    @Test
    void aTornLastLineIsCutOff() throws IOException {
        steps("sft", 1, 2);
        Files.writeString(file, "{\"stage\":\"sft\",\"st", StandardOpenOption.APPEND);
        assertEquals(List.of("sft1", "sft2"), names());
        steps("sft", 3);
        assertEquals(List.of("sft1", "sft2", "sft3"), names());
        Files.write(file, new byte[] {0, 0, 0, '\n'}, StandardOpenOption.APPEND);
        assertEquals(List.of("sft1", "sft2", "sft3"), names(), "zeros left by a power cut");
    }

    @Test
    void aBrokenLineInTheMiddleIsNamed() throws IOException {
        steps("sft", 1);
        Files.writeString(file, "oops\n{\"stage\":\"sft\",\"step\":2}\n", StandardOpenOption.APPEND);
        String m = assertThrows(UserException.class, () -> MetricsLog.read(file)).getMessage();
        assertTrue(m.contains("metrics.jsonl:2") && m.contains("oops"), m);
        Files.writeString(file, "{\"stage\":\"sft\",\"step\":1,\"loss\":true}\n{\"stage\":\"sft\",\"step\":2}\n");
        assertTrue(assertThrows(UserException.class, () -> MetricsLog.read(file)).getMessage().contains("metrics.jsonl:1"));
    }

    private void steps(String stage, int... steps) {
        try (MetricsLog log = MetricsLog.open(file)) {
            for (int s : steps) {
                log.append(stage, s, Map.of("loss", 1.0 / s));
            }
        }
    }

    private List<String> names() {
        return MetricsLog.read(file).stream().map(l -> l.stage() + l.step()).toList();
    }
}
