package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.recipes.rundir.RunResults;
import org.align4j.recipes.rundir.RunResults.Result;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The recipes in examples/recipes/sampling: all are sound; shortened, they run to the end and keep what is better than what was sampled. */
@Tag("slow")
class SamplingRecipesTest {
    private static final Path SHARED = Path.of(System.getProperty("align4j.shared", "").isEmpty() ? "../../shared" : System.getProperty("align4j.shared")).toAbsolutePath().normalize();
    private static final Path DIRECTORY = Path.of("../examples/recipes/sampling");

    private static Recipe read(String name, List<String> overrides) throws IOException {
        Path file = DIRECTORY.resolve(name + ".yaml");
        return RecipeReader.parse(file.toString(), Files.readString(file), overrides, file.toAbsolutePath().normalize().getParent(), false);
    }

    @Test
    void allAreSound() throws IOException {
        try (Stream<Path> list = Files.list(DIRECTORY)) {
            List<String> names = list.map(f -> f.getFileName().toString().replace(".yaml", "")).sorted().toList();
            assertEquals(List.of("best-of-n", "expert-iteration", "grape", "lipo-own-samples", "online-dpo", "rso"), names);
            for (String name : names) {
                assertEquals(name, read(name, List.of()).name());
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "rso; stages[2].sample.samples=6 stages[2].sample.keep.rso.accept=4 stages[2].sample.max_new_tokens=8 stages[3].dpo.max_steps=1 stages[3].dpo.eval_every=null; 3-sample",
        "best-of-n; stages[2].sample.samples=4 stages[2].sample.max_new_tokens=8 stages[3].sft.max_steps=1; 3-sample",
        "expert-iteration; stages[2].repeat.times=2 stages[2].repeat.stages[0].sample.samples=3 stages[2].repeat.stages[0].sample.max_new_tokens=8 stages[2].repeat.stages[1].sft.max_steps=1; 5-sample",
        "online-dpo; stages[2].repeat.times=2 stages[2].repeat.stages[0].sample.samples=3 stages[2].repeat.stages[0].sample.max_new_tokens=8 stages[2].repeat.stages[1].dpo.max_steps=1; 5-sample",
        "lipo-own-samples; stages[2].sample.samples=3 stages[2].sample.max_new_tokens=8 stages[3].lipo.max_steps=1 stages[3].lipo.eval_every=null; 3-sample",
        "grape; stages[0].sample.candidates.limit=3 stages[1].sft.max_steps=1 stages[1].sft.eval_every=null; 1-sample"})
    void shortenedItRuns(String name, String more, String sample, @TempDir Path temp) throws IOException {
        assumeTrue(Files.isDirectory(SHARED.resolve("models/stories260K")), "skipped: " + SHARED.resolve("models/stories260K") + " is not here");
        List<String> overrides = new ArrayList<>(List.of("output=" + temp.resolve("run"), "model.path=" + SHARED.resolve("models/stories260K")));
        if (name.equals("grape")) {
            overrides.add("stages[0].sample.candidates.path=" + SHARED.resolve("data/alpaca-eval/ranked_lists.jsonl"));
        } else {
            Path data = SHARED.resolve("data/rasbt-dpo");
            overrides.addAll(List.of("data.sft.path=" + data.resolve("instruction-data.json"), "data.sft.limit=10", "data.sft.held_out=4",
                    "data.preferences.path=" + data.resolve("instruction-data-with-preference.json"), "data.preferences.limit=10", "data.preferences.held_out=4",
                    "stages[0].sft.max_steps=1", "stages[0].sft.batch_size=4", "stages[1].reward.max_steps=1", "stages[1].reward.batch_size=4", "stages[1].reward.eval_every=null"));
        }
        overrides.addAll(List.of(more.split(" ")));
        RunFiles files = TinyRun.run(read(name, overrides), false, new StringBuilder(), () -> false);
        Result reward = RunResults.read(files.results()).results().stream().filter(r -> r.metric().equals(sample + ": reward")).findFirst().orElseThrow();
        assertEquals(List.of("sampled", "kept"), reward.values().stream().map(RunResults.Value::model).toList());
        assertTrue(reward.values().get(1).value() > reward.values().get(0).value(), reward.toString());
        assertTrue(Files.exists(files.model().resolve("model.safetensors")));
    }
}
