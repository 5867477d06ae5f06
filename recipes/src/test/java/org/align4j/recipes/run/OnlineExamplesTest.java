package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.recipes.rundir.RunFiles;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The recipes in examples/recipes/online, shortened to two iterations: from the first stage to a model, held-out prompts answered before and after. */
class OnlineExamplesTest {
    private static final Path SHARED = Path.of(System.getProperty("align4j.shared", "").isEmpty() ? "../../shared" : System.getProperty("align4j.shared"));

    @ParameterizedTest
    @ValueSource(strings = {"rlvr", "ppo", "salsa"})
    void runs(String name, @TempDir Path temp) throws IOException {
        Path model = SHARED.resolve("models/stories260K").toAbsolutePath().normalize();
        assumeTrue(Files.isDirectory(model), "skipped: " + model + " is not here");
        Path data = SHARED.resolve("data/rasbt-dpo").toAbsolutePath().normalize();
        Path file = Path.of("../examples/recipes/online/" + name + ".yaml");
        Recipe full = RecipeReader.parse(file.toString(), Files.readString(file), List.of(), file.toAbsolutePath().getParent(), false);
        String kind = full.stages().get(full.stages().size() - 1).kind();
        List<String> overrides = new ArrayList<>(List.of("output=" + temp.resolve("run"), "model.path=" + model, "data.prompts.path=" + data.resolve("instruction-data.json"),
                "data.prompts.held_out=4", "data.prompts.limit=40", "stages." + kind + ".max_new_tokens=8", "stages." + kind + ".max_steps=" + (kind.equals("grpo") ? 4 : 8),
                "stages." + kind + ".batch_size=2", "stages." + kind + ".eval_every=null"));
        if (full.data().sft().isPresent()) {
            overrides.addAll(List.of("data.sft.path=" + data.resolve("instruction-data.json"), "data.sft.limit=40", "data.sft.held_out=4", "stages.sft.max_steps=2", "stages.sft.batch_size=4"));
        }
        if (full.data().preferences().isPresent()) {
            overrides.addAll(List.of("data.preferences.path=" + data.resolve("instruction-data-with-preference.json"), "data.preferences.limit=40", "data.preferences.held_out=4",
                    "stages.reward.max_steps=2", "stages.reward.batch_size=4", "stages.reward.normalize=20"));
        }
        if (name.equals("salsa")) {
            overrides.add("stages.ppo.reference={soup: {models: [" + model + ", " + model + "]}}");
        }
        Recipe recipe = RecipeReader.parse(file.toString(), Files.readString(file), overrides, file.toAbsolutePath().getParent(), false);
        RunFiles files = TinyRun.run(recipe, false, new StringBuilder(), () -> false);
        List<MetricsLog.Line> online = MetricsLog.read(files.metrics()).stream().filter(l -> l.stage().endsWith("-" + kind)).toList();
        assertEquals(2, online.stream().filter(l -> l.values().containsKey("eval_reward")).count());
        assertEquals(2, online.stream().filter(l -> l.values().containsKey("objective/kl")).count());
        assertTrue(Files.exists(files.model().resolve("model.safetensors")) && Files.exists(files.report()));
    }
}
