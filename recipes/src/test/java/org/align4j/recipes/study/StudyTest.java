package org.align4j.recipes.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.recipes.cli.Cancelled;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.run.RecipeRunner;
import org.align4j.recipes.rundir.internal.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Studies from end to end, on a model of some kilobytes. */
class StudyTest {
    private static final String PRETRAIN = "  - pretrain: {max_steps: 2, batch_size: 2, learning_rate: 1e-2}\n";

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
        assertFalse(Files.exists(study.at("")), "a check writes nothing");
        assertEquals(0, study.run(), study.err());
        assertEquals(10, count(study.at("cells"), ".json"));
        assertEquals(3, count(study.at("prefix"), ".json"), "4, 8 and 16 demonstrations: 8 are asked for by two budgets");
        CellResult cell = Json.read(study.at("cells/b16-r0.5-dpo-s5.json"), CellResult.class);
        assertEquals(new CellKey(16, 0.5, "dpo", 5), cell.key());
        assertEquals(new Spent.Kind(8, 8, 8, 56), cell.spent().demonstrations(), "prompts of five tokens, answers of two");
        assertEquals(8, cell.spent().preferences().rows());
        assertTrue(cell.figure("exact_match").isPresent());
        assertFalse(Files.exists(study.at("runs/b16-r0.5-dpo-s5/model")), "models are not kept unless asked for");
        assertTrue(Files.exists(study.at("base.json")));
        long written = Files.getLastModifiedTime(study.at("cells/b16-r0.5-dpo-s5.json")).toMillis();
        assertEquals(0, study.run("--set", "budgets=[8,16,20]"), study.err());
        assertEquals(15, count(study.at("cells"), ".json"), "a grid may grow");
        assertEquals(written, Files.getLastModifiedTime(study.at("cells/b16-r0.5-dpo-s5.json")).toMillis(), "what is done is not done again");
        assertEquals(2, study.run("--set", "methods.dpo[0].dpo.beta=0.2"));
        assertTrue(study.err().contains("another method dpo"), study.err());
        assertEquals(2, study.run("--report", "--set", "methods.dpo[0].dpo.beta=0.2"), "nor are cells read as what they are not");
        String[] one = {"--set", "methods={slic: [{slic: {batch_size: 4, learning_rate: 1e-2}}]}"};
        assertEquals(0, study.run(one), study.err());
        assertEquals(2, study.run("--set", "methods.dpo[0].dpo.beta=0.2"), "a method that was left out and comes back as another");
        assertTrue(study.err().contains("were computed with other stages") && study.err().contains("b8-r0-dpo-s5"), study.err());
        assertEquals(2, study.run("--report", "--set", "metric=accuracy"));
        assertTrue(study.err().contains("The metric accuracy is not among the figures"), study.err());
    }

    /** What starts from shared stages comes to the bits of a run that does all stages itself. */
    @Test
    void equalsAStraightRun() throws IOException {
        TinyStudy study = new TinyStudy(dir);
        study.recipe(PRETRAIN);
        assertEquals(0, study.run("--set", "keep_models=true", "--set", "budgets=[16]", "--set",
                "methods.dpo=[{dpo: {batch_size: 4, learning_rate: 1e-2, adapter: {rank: 2}}}, {slic: {batch_size: 4, learning_rate: 1e-2}}]"), study.err());
        for (String cell : List.of("b16-r0-slic-s5", "b16-r0.5-dpo-s5", "b16-r0.5-slic-s5", "b16-r1-sft-s5")) {
            Recipe recipe = RecipeReader.read(study.at("recipes/" + cell + ".yaml"), List.of());
            Path straight = dir.resolve("straight-" + cell);
            try (ProgressBar progress = new ProgressBar(new StringBuilder())) {
                new RecipeRunner(recipe.withOutput(straight), List.of(), progress, () -> false).run(false);
            }
            assertArrayEquals(Files.readAllBytes(straight.resolve("model/model.safetensors")), Files.readAllBytes(recipe.output().resolve("model/model.safetensors")), cell);
        }
    }

    @Test
    void aFailedCellIsToldAndTriedAgain() throws IOException {
        TinyStudy study = new TinyStudy(dir);
        Path foreign = study.at("runs/b8-r0.5-dpo-s5/notes.txt");
        Files.createDirectories(foreign.getParent());
        Files.writeString(foreign, "mine");
        Files.createDirectories(study.at("prefix"));
        assertEquals(2, study.run(), study.err());
        assertTrue(study.err().contains("1 of 10 cells failed, the first of them b8-r0.5-dpo-s5") && study.err().contains("notes.txt"), study.err());
        assertEquals(9 + 1, count(study.at("cells"), ".json"));
        assertTrue(Files.exists(study.at("cells/b8-r0.5-dpo-s5.failed.json")));
        assertTrue(Files.exists(study.at("advice.md")), "what is done is read all the same");
        Files.delete(foreign);
        assertEquals(0, study.run(), study.err());
        assertEquals(10, count(study.at("cells"), ".json"));
        assertFalse(Files.exists(study.at("cells/b8-r0.5-dpo-s5.failed.json")));
    }

    @Test
    void goesOnWhereItWasStopped() throws IOException {
        TinyStudy study = new TinyStudy(dir);
        Commands.StudyRequest request = new Commands.StudyRequest(dir.resolve("study.yaml"), List.of(), Optional.of(dir.resolve("stopped")), Optional.empty(), false, false);
        Terminal terminal = new Terminal(new PrintWriter(Writer.nullWriter()), new PrintWriter(Writer.nullWriter()), false);
        Path cells = dir.resolve("stopped/cells");
        BooleanSupplier stop = () -> {
            try {
                return Files.isDirectory(cells) && count(cells, ".json") >= 4;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        Cancelled told = assertThrows(Cancelled.class, () -> Studies.run(request, terminal, stop));
        assertTrue(told.getMessage().contains("of 10 cells"), told.getMessage());
        long done = count(cells, ".json");
        assertTrue(done >= 4 && done < 10, done + " cells");
        Studies.run(request, terminal, () -> false);
        assertEquals(0, study.run(), study.err());
        assertEquals(10, count(cells, ".json"));
        for (Path cell : Files.list(cells).toList()) {
            assertEquals(Json.read(study.at("cells/" + cell.getFileName()), CellResult.class).figures(), Json.read(cell, CellResult.class).figures());
        }
    }

    @Test
    void aWorkerThatDiesLosesItsCellAlone() throws Exception {
        TinyStudy study = new TinyStudy(dir);
        Set<Long> before = ProcessHandle.current().children().map(ProcessHandle::pid).collect(Collectors.toSet());
        Thread killer = new Thread(() -> {
            // When a shared stage is done, the first worker is in a cell.
            while (!Files.exists(study.at("base.json"))) {
                LockSupport.parkNanos(5_000_000);
            }
            ProcessHandle.current().children().filter(p -> !before.contains(p.pid())).forEach(ProcessHandle::destroyForcibly);
        });
        killer.start();
        String[] small = {"--set", "ratios=[0]", "--set", "budgets=[8,12,16,24]", "--set", "methods={dpo: [{dpo: {batch_size: 4}}]}"};
        assertEquals(2, study.run("--parallel", "2", small[0], small[1], small[2], small[3], small[4], small[5]), study.err());
        killer.join();
        assertTrue(study.err().contains("worker process died with exit code 137"), study.err());
        long done = count(study.at("cells"), ".json") - count(study.at("cells"), ".failed.json");
        assertTrue(done >= 2 && done < 4, "each of two workers loses one cell at most: " + done);
        assertEquals(0, study.run(small), study.err());
        assertEquals(4, count(study.at("cells"), ".json"));
    }
}
