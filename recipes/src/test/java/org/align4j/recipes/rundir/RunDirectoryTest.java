package org.align4j.recipes.rundir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.recipes.rundir.internal.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {
    private static final String RECIPE = "name: a\nseed: 17\n";

    @TempDir
    Path tmp;

    @Test
    void aNewDirectoryIsMadeAndTheRecipeWritten() throws IOException {
        Path dir = tmp.resolve("deep/run");
        try (RunDirectory run = RunDirectory.open(dir, RECIPE, false)) {
            assertFalse(run.resumed());
            assertFalse(run.finished());
            assertEquals(RECIPE, Files.readString(run.files().recipe()));
            assertTrue(Files.isDirectory(run.files().checkpoints()));
        }
    }

    @Test
    void anUnfinishedRunNeedsResume() {
        RunDirectory.open(tmp, RECIPE, false).close();
        String m = assertThrows(UserException.class, () -> RunDirectory.open(tmp, RECIPE, false)).getMessage();
        assertTrue(m.contains("unfinished run") && m.contains("--resume"), m);
        try (RunDirectory run = RunDirectory.open(tmp, RECIPE, true)) {
            assertTrue(run.resumed());
        }
    }

    @Test
    void aFinishedRunIsNotOverwritten() {
        try (RunDirectory run = RunDirectory.open(tmp, RECIPE, false)) {
            run.write(Provenance.collect(List.of("align4j", "run"), "oracle", Map.of(), Map.of(), tmp, Instant.EPOCH));
            run.finish(Instant.parse("2026-01-02T03:04:05Z"));
        }
        String m = assertThrows(UserException.class, () -> RunDirectory.open(tmp, RECIPE, false)).getMessage();
        assertTrue(m.contains("holds a finished run"), m);
        try (RunDirectory run = RunDirectory.open(tmp, RECIPE, true)) {
            assertTrue(run.finished());
        }
    }

    @Test
    void anotherRecipeIsRefusedWithItsLine() {
        RunDirectory.open(tmp, RECIPE, false).close();
        String m = assertThrows(UserException.class, () -> RunDirectory.open(tmp, "name: a\nseed: 18\n", true)).getMessage();
        assertTrue(m.contains("recipe.resolved.yaml:2") && m.contains("seed: 17") && m.contains("seed: 18"), m);
    }

    @Test
    void foreignFilesAreLeftAlone() throws IOException {
        Files.writeString(tmp.resolve("thesis.tex"), "mine");
        for (boolean resume : new boolean[] {false, true}) {
            String m = assertThrows(UserException.class, () -> RunDirectory.open(tmp, RECIPE, resume)).getMessage();
            assertTrue(m.contains("thesis.tex"), m);
        }
        try (Stream<Path> s = Files.list(tmp)) {
            assertEquals(List.of("thesis.tex"), s.map(p -> p.getFileName().toString()).collect(Collectors.toList()), "nothing was written");
        }
    }

    @Test
    void whatAKillBeforeTheFirstFileLeavesIsNoObstacle() throws IOException {
        Files.createFile(tmp.resolve(".lock"));
        Files.writeString(tmp.resolve("recipe.resolved.yaml.tmp"), "na");
        try (RunDirectory run = RunDirectory.open(tmp, RECIPE, true)) {
            assertFalse(run.resumed());
            assertEquals(RECIPE, Files.readString(run.files().recipe()));
        }
    }

    @Test
    void aFileIsNoDirectory() throws IOException {
        Path file = Files.writeString(tmp.resolve("x"), "");
        assertTrue(assertThrows(UserException.class, () -> RunDirectory.open(file, RECIPE, false)).getMessage().contains("found a file"));
        assertTrue(assertThrows(UserException.class, () -> RunDirectory.open(file.resolve("run"), RECIPE, false)).getMessage().contains("Cannot write"));
    }

    @Test
    void twoRunsDoNotShareADirectory() {
        try (RunDirectory first = RunDirectory.open(tmp, RECIPE, false)) {
            assertFalse(first.finished());
            String m = assertThrows(UserException.class, () -> RunDirectory.open(tmp, RECIPE, true)).getMessage();
            assertTrue(m.contains("in use by another run"), m);
        }
        RunDirectory.open(tmp, RECIPE, true).close();
    }

    @Test
    void anotherProcessIsKeptOutToo() throws Exception {
        try (RunDirectory first = RunDirectory.open(tmp, RECIPE, false)) {
            Process p = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp", System.getProperty("java.class.path"), Opener.class.getName(), tmp.toString()).redirectErrorStream(true).start();
            String out = new String(p.getInputStream().readAllBytes());
            assertEquals(3, p.waitFor(), out);
            assertTrue(out.contains("in use"), out);
            assertFalse(first.resumed());
        }
    }

    /** Run in a process of its own. */
    static final class Opener {
        public static void main(String[] args) {
            try {
                RunDirectory.open(Path.of(args[0]), RECIPE, true).close();
            } catch (UserException e) {
                System.err.println(e.getMessage());
                System.exit(3);
            }
        }
    }

    @Test
    void provenanceKeepsTheFirstStart() {
        Provenance first = Provenance.collect(List.of("align4j", "run", "a.yaml"), "oneDNN", Map.of("d.jsonl", "ab"), Map.of("m", "cd"), tmp, Instant.EPOCH);
        Provenance second = Provenance.collect(List.of("align4j", "run", "a.yaml", "--resume"), "oneDNN", Map.of(), Map.of(), tmp, Instant.EPOCH.plusSeconds(60));
        try (RunDirectory run = RunDirectory.open(tmp, RECIPE, false)) {
            run.write(first);
        }
        try (RunDirectory run = RunDirectory.open(tmp, RECIPE, true)) {
            run.write(second);
            Map<String, Object> read = Json.readObject(run.files().provenance());
            assertEquals("1970-01-01T00:00:00Z", read.get("started"));
            assertEquals(List.of("1970-01-01T00:01:00Z"), read.get("resumed"));
            assertEquals(List.of("align4j", "run", "a.yaml", "--resume"), read.get("command"));
        }
    }

    @Test
    void changedDataOrModelsAreNotGoneOnWith() {
        try (RunDirectory run = RunDirectory.open(tmp, RECIPE, false)) {
            run.write(Provenance.collect(List.of("run"), "oneDNN", Map.of("d.jsonl", "ab"), Map.of("m", "cd"), tmp, Instant.EPOCH));
        }
        try (RunDirectory run = RunDirectory.open(tmp, RECIPE, true)) {
            String data = assertThrows(UserException.class,
                    () -> run.write(Provenance.collect(List.of("run"), "oneDNN", Map.of("d.jsonl", "ba"), Map.of("m", "cd"), tmp, Instant.EPOCH))).getMessage();
            assertTrue(data.contains("d.jsonl has changed") && data.contains("was ab and is ba"), data);
            String model = assertThrows(UserException.class,
                    () -> run.write(Provenance.collect(List.of("run"), "oneDNN", Map.of("d.jsonl", "ab"), Map.of("m", "dc"), tmp, Instant.EPOCH))).getMessage();
            assertTrue(model.contains("m has changed"), model);
            assertEquals(Map.of("d.jsonl", "ab"), Json.readObject(run.files().provenance()).get("data"));
        }
    }

    @Test
    void resultsSurviveTheFile() {
        RunResults results = new RunResults("t", "s", List.of(new RunResults.Stage("sft", "sft", 10, 2000, 1.5)),
                List.of(new RunResults.Result("accuracy", true, true,
                        List.of(RunResults.Value.fraction("base", 25, 100), new RunResults.Value("sft", 0.5, Double.NaN, 0)))),
                List.of(new RunResults.Sample("p", null, Map.of("base", "<x>"))), List.of("w"));
        try (RunDirectory run = RunDirectory.open(tmp, RECIPE, false)) {
            run.write(results);
            assertEquals(results, RunResults.read(run.files().results()));
        }
        assertEquals(0.0433012701892, results.results().get(0).values().get(0).standardError(), 1e-12);
    }

    @Test
    void readersSayWhatIsMissing() {
        assertTrue(assertThrows(UserException.class, () -> RunFiles.existing(tmp)).getMessage().contains("no recipe.resolved.yaml"));
    }
}
