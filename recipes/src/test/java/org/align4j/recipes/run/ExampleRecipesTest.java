package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.recipes.rundir.RunFiles;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The recipes in examples/recipes, shortened: held-out preferences must be told apart better after DPO, and the result must load. */
@Tag("slow")
class ExampleRecipesTest {
    private static final Path SHARED = Path.of(System.getProperty("align4j.shared", "").isEmpty() ? "../../shared" : System.getProperty("align4j.shared"));

    @ParameterizedTest
    @CsvSource({"stories260k-rasbt, models/stories260K", "babyllama, models/babyllama", "stories260k-qlora, models/stories260K"})
    void preferencesRise(String name, String model, @TempDir Path temp) throws IOException {
        assumeTrue(Files.isDirectory(SHARED.resolve(model)), "skipped: " + SHARED.resolve(model) + " is not here");
        Path data = SHARED.resolve("data/rasbt-dpo").toAbsolutePath().normalize();
        Path recipeFile = Path.of("../examples/recipes/" + name + ".yaml");
        Recipe recipe = RecipeReader.parse(recipeFile.toString(), Files.readString(recipeFile), List.of("output=" + temp.resolve("run"),
                "model.path=" + SHARED.resolve(model).toAbsolutePath().normalize(), "data.sft.path=" + data.resolve("instruction-data.json"),
                "data.preferences.path=" + data.resolve("instruction-data-with-preference.json"), "data.preferences.held_out=0.04", "data.sft.held_out=0.04",
                "stages.sft.max_steps=10", "stages.dpo.max_steps=12", "stages.sft.eval_every=null", "stages.dpo.eval_every=null", "stages.dpo.batch_size=8"),
                recipeFile.toAbsolutePath().getParent(), false);
        RunFiles files = TinyRun.run(recipe, false, new StringBuilder(), () -> false);
        List<MetricsLog.Line> evaluations = MetricsLog.read(files.metrics()).stream().filter(l -> l.values().containsKey("eval_rewards/margins")).toList();
        assertEquals(2, evaluations.size());
        assertEquals(0, evaluations.get(0).values().get("eval_rewards/margins"), 1e-9, "the policy begins as the reference");
        assertTrue(evaluations.get(1).values().get("eval_rewards/accuracies") >= 0.6, evaluations.toString());
        assertTrue(evaluations.get(1).values().get("eval_rewards/margins") > 0.05, evaluations.toString());
        ModelConfig config = ModelConfig.read(files.model());
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); Parameters p = ModelFiles.load(b, config, files.model());
                ModelWeights weights = ModelWeights.open(files.model())) {
            assertEquals(config.parameterCount(), p.layout().size());
            assertEquals(p.layout().slots().size(), weights.tensors().size());
            for (float logit : new Transformer(config, p, null).logits(new int[] {1, 5, 9})) {
                assertTrue(Float.isFinite(logit));
            }
        }
        assertTrue(Files.exists(files.model().resolve("tokenizer.json")) && Files.exists(files.report()));
    }
}
