package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.recipes.rundir.RunFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The recipes in examples/recipes/objectives: all are sound, and two of them, shortened, move held-out data the right way. */
class ObjectiveRecipesTest {
    private static final Path SHARED = Path.of(System.getProperty("align4j.shared", "").isEmpty() ? "../../shared" : System.getProperty("align4j.shared"));
    private static final Path DIRECTORY = Path.of("../examples/recipes/objectives");

    private static Recipe read(Path file, List<String> overrides) throws IOException {
        return RecipeReader.parse(file.toString(), Files.readString(file), overrides, file.toAbsolutePath().normalize().getParent(), false);
    }

    @Test
    void allAreSoundAndTrainTwoHundredUpdates() throws IOException {
        List<String> kinds = new ArrayList<>();
        try (var list = Files.list(DIRECTORY)) {
            for (Path file : list.sorted().toList()) {
                Recipe r = read(file, List.of());
                assertEquals(file.getFileName().toString(), r.name() + ".yaml");
                assertEquals(200, ((org.align4j.recipes.recipe.LossStage) r.stages().get(r.stages().size() - 1)).training().maxSteps().orElseThrow(), r.name());
                kinds.add(r.stages().get(0).kind());
            }
        }
        assertEquals(List.of("dpo", "kto", "lipo", "sft", "orpo", "simpo", "slic"), kinds);
    }

    @ParameterizedTest
    @CsvSource({"dpo-ipo, eval_rewards/margins, rasbt-dpo/instruction-data-with-preference.json", "lipo, eval_rewards/margins, alpaca-eval/ranked_lists.jsonl"})
    void heldOutDataMovesTheRightWay(String name, String metric, String data, @TempDir Path temp) throws IOException {
        assumeTrue(Files.isDirectory(SHARED.resolve("models/stories260K")), "skipped: " + SHARED.resolve("models/stories260K") + " is not here");
        Path file = DIRECTORY.resolve(name + ".yaml");
        Recipe full = read(file, List.of());
        DataSource source = full.data().preferences().orElseThrow();
        assertTrue(source.path().get(0).endsWith(data), source.path().toString());
        Recipe recipe = read(file, List.of("output=" + temp.resolve("run"), "model.path=" + SHARED.resolve("models/stories260K").toAbsolutePath().normalize(),
                "data.preferences.path=" + SHARED.resolve("data/" + data).toAbsolutePath().normalize(), "data.preferences.limit=60", "data.preferences.held_out=20",
                "stages." + full.stages().get(0).kind() + ".max_steps=10", "stages." + full.stages().get(0).kind() + ".batch_size=4"));
        RunFiles files = TinyRun.run(recipe, false, new StringBuilder(), () -> false);
        List<MetricsLog.Line> evaluations = MetricsLog.read(files.metrics()).stream().filter(l -> l.values().containsKey(metric)).toList();
        assertEquals(2, evaluations.size());
        assertEquals(0, evaluations.get(0).values().get(metric), 1e-9, "the policy begins as the reference");
        assertTrue(evaluations.get(1).values().get(metric) > 0, evaluations.toString());
    }
}
