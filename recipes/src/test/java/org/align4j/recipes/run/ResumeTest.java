package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.recipes.rundir.RunFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run that was stopped and resumed against one that never was: the same bytes of weights, the same lines of metrics. */
class ResumeTest {
    private static final int STEPS = 9;

    @TempDir
    Path temp;

    private Recipe recipe(String output, String reference, String precision) {
        return recipe(output, reference, precision, "");
    }

    private Recipe recipe(String output, String reference, String precision, String more) {
        return TinyRun.recipe(temp, output, new TinyRun.Settings(STEPS, 4, reference, precision, more));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"cached; fp32; ''", "frozen; fp32; ''", "cached; bf16; ''", "frozen; bf16; ''",
            "cached; bf16; ', adam_moments: int8, gradient_checkpointing: all'", "cached; fp32; ', adam_moments: bfloat16, gradient_checkpointing: 1'"})
    void stoppedAfterEveryUpdate(String reference, String precision, String more) throws IOException {
        TinyRun.prepare(temp);
        RunFiles whole = TinyRun.run(recipe("whole", reference, precision, more), false, new StringBuilder(), () -> false);
        RunFiles again = TinyRun.run(recipe("again", reference, precision, more), false, new StringBuilder(), () -> false);
        assertArrayEquals(TinyRun.weights(whole), TinyRun.weights(again), "the same recipe must give the same bits");
        Recipe stopped = recipe("stopped", reference, precision, more);
        int stops = 0;
        while (true) {
            try {
                RunFiles files = TinyRun.run(stopped, stops > 0, new StringBuilder(), () -> true);
                same(whole, files);
                break;
            } catch (Trainer.Stopped e) {
                stops++;
                assertTrue(e.saved().isPresent());
                assertFalse(Files.exists(temp.resolve("stopped/model")));
            }
        }
        // A stop asked for after the last update of a stage takes effect in the next stage.
        assertEquals(2 * (STEPS - 1), stops);
    }

    @Test
    void stoppedAtOneMoment() throws IOException {
        TinyRun.prepare(temp);
        RunFiles whole = TinyRun.run(recipe("whole", "cached", "fp32"), false, new StringBuilder(), () -> false);
        for (int moment : new int[] {3, STEPS, STEPS + 1, STEPS + 5}) {
            Recipe recipe = recipe("stop-" + moment, "cached", "fp32");
            int[] updates = new int[1];
            assertThrows(Trainer.Stopped.class, () -> TinyRun.run(recipe, false, new StringBuilder(), () -> ++updates[0] >= moment));
            same(whole, TinyRun.run(recipe, true, new StringBuilder(), () -> false));
        }
    }

    /** The checkpoint a run was resumed from is deleted in the course of it; later stages must not need it. */
    @Test
    void theCheckpointResumedFromIsPruned() throws IOException {
        TinyRun.prepare(temp);
        RunFiles whole = TinyRun.run(recipe("whole", "cached", "fp32"), false, new StringBuilder(), () -> false);
        Recipe recipe = TinyRun.recipe(temp, "pruned", new TinyRun.Settings(STEPS, 1, "cached", "fp32"));
        int[] updates = new int[1];
        assertThrows(Trainer.Stopped.class, () -> TinyRun.run(recipe, false, new StringBuilder(), () -> ++updates[0] >= 2));
        same(whole, TinyRun.run(recipe, true, new StringBuilder(), () -> false));
        assertFalse(Files.exists(temp.resolve("pruned/checkpoints/step-2")));
    }

    /** Whether the one before the damaged checkpoint belongs to the same stage, to the stage before, or does not exist. */
    @ParameterizedTest
    @CsvSource({"16, model.safetensors", "16, moments-2.safetensors", "16, trainer.json", "16, manifest.json", "12, moments-1.safetensors", "3, model.safetensors"})
    void aDamagedCheckpointIsPassedOver(int moment, String file) throws IOException {
        TinyRun.prepare(temp);
        RunFiles whole = TinyRun.run(recipe("whole", "cached", "fp32"), false, new StringBuilder(), () -> false);
        Recipe recipe = recipe("damaged", "cached", "fp32");
        int[] updates = new int[1];
        assertThrows(Trainer.Stopped.class, () -> TinyRun.run(recipe, false, new StringBuilder(), () -> ++updates[0] >= moment));
        Path newest = newest(temp.resolve("damaged/checkpoints"));
        byte[] bytes = Files.readAllBytes(newest.resolve(file));
        bytes[bytes.length * 2 / 3] ^= 0x10;
        Files.write(newest.resolve(file), bytes);
        StringBuilder said = new StringBuilder();
        RunFiles files = TinyRun.run(recipe, true, said, () -> false);
        assertTrue(said.toString().contains(newest.toString()) && said.toString().contains("damaged"), said.toString());
        same(whole, files);
    }

    /** Every round of a repetition is a stage of its own, with checkpoints of its own. */
    @Test
    void roundsAreStages() throws IOException {
        TinyRun.prepare(temp);
        RunFiles whole = TinyRun.run(rounds("whole"), false, new StringBuilder(), () -> false);
        assertEquals(java.util.List.of("1-sft", "2-dpo", "3-sft", "4-dpo"), org.align4j.recipes.rundir.RunResults.read(whole.results()).stages().stream().map(s -> s.name()).toList());
        Recipe stopped = rounds("stopped");
        int[] updates = new int[1];
        assertThrows(Trainer.Stopped.class, () -> TinyRun.run(stopped, false, new StringBuilder(), () -> ++updates[0] >= 2 * STEPS + 2));
        assertTrue(Files.exists(temp.resolve("stopped/stages/2-dpo.json")));
        same(whole, TinyRun.run(stopped, true, new StringBuilder(), () -> false));
    }

    private Recipe rounds(String output) {
        Recipe r = recipe(output, "frozen", "fp32");
        return new Recipe(r.name(), r.seed(), r.output(), r.model(), r.data(), r.budget(), java.util.List.of(new org.align4j.recipes.recipe.Repeat(2, r.stages())), r.evaluate(), r.memory());
    }

    private static void same(RunFiles expected, RunFiles found) throws IOException {
        assertArrayEquals(TinyRun.weights(expected), TinyRun.weights(found), "weights of " + found.root());
        var before = TinyRun.metrics(expected);
        var after = TinyRun.metrics(found);
        for (int i = 0; i < Math.min(before.size(), after.size()); i++) {
            MetricsLog.Line line = after.get(i);
            assertEquals(before.get(i), line, "line " + (i + 1) + " of " + found.metrics());
        }
        assertEquals(before.size(), after.size(), "lines of " + found.metrics());
        assertTrue(before.size() >= 2 * (STEPS / 2 + STEPS / 3), before.size() + " lines");
    }

    private static Path newest(Path checkpoints) throws IOException {
        try (Stream<Path> list = Files.list(checkpoints)) {
            return list.filter(p -> p.getFileName().toString().startsWith("step-"))
                    .max(Comparator.comparingInt(p -> Integer.parseInt(p.getFileName().toString().substring(5)))).orElseThrow();
        }
    }
}
