package org.align4j.recipes.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
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
}
