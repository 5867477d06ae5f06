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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The recipes in examples/recipes/selection: all are sound; shortened, they run to the end and account for every row. */
class SelectionRecipesTest {
    private static final Path SHARED = Path.of(System.getProperty("align4j.shared", "").isEmpty() ? "../../shared" : System.getProperty("align4j.shared")).toAbsolutePath().normalize();
    private static final Path DIRECTORY = Path.of("../examples/recipes/selection");

    private static Recipe read(String name, List<String> overrides) throws IOException {
        Path file = DIRECTORY.resolve(name + ".yaml");
        return RecipeReader.parse(file.toString(), Files.readString(file), overrides, file.toAbsolutePath().normalize().getParent(), false);
    }

    @Test
    void allAreSound() throws IOException {
        try (Stream<Path> list = Files.list(DIRECTORY)) {
            List<String> names = list.map(f -> f.getFileName().toString().replace(".yaml", "")).sorted().toList();
            assertEquals(List.of("clean", "clear-preferences", "diverse"), names);
            for (String name : names) {
                assertEquals(name, read(name, List.of()).name());
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "clean; stages[0].select.steps[2].decontaminate.against=%s/self-instruct/user_oriented_instructions.jsonl stages[1].sft.max_steps=1 stages[1].sft.eval_every=null; 1-select; sft",
        "diverse; stages[0].select.steps[0].diversity.clusters=4 stages[1].sft.max_steps=1 stages[1].sft.eval_every=null; 1-select; sft",
        "clear-preferences; stages[0].reward.max_steps=1 stages[2].dpo.max_steps=1 stages[2].dpo.eval_every=null; 2-select; preferences"})
    void shortenedItRuns(String name, String more, String stage, String data, @TempDir Path temp) throws IOException {
        assumeTrue(Files.isDirectory(SHARED.resolve("models/stories260K")), "skipped: " + SHARED.resolve("models/stories260K") + " is not here");
        List<String> overrides = new ArrayList<>(List.of("output=" + temp.resolve("run"), "model.path=" + SHARED.resolve("models/stories260K"),
                "data." + data + ".path=" + SHARED.resolve("data/rasbt-dpo/instruction-data" + (data.equals("sft") ? "" : "-with-preference") + ".json"), "data." + data + ".limit=40"));
        overrides.addAll(List.of(more.replace("%s", SHARED.resolve("data").toString()).split(" ")));
        RunFiles files = TinyRun.run(read(name, overrides), false, new StringBuilder(), () -> false);
        JsonNode summary = JsonMapper.shared().readTree(Files.readAllBytes(files.stages().resolve(stage + ".work/summary.json")));
        int dropped = summary.get("dropped").valueStream().mapToInt(JsonNode::asInt).sum();
        assertTrue(dropped > 0 && summary.get("selected").asInt() > 0, summary.toString());
        assertEquals(summary.get("pool").asInt(), dropped + summary.get("selected").asInt());
        assertTrue(Files.exists(files.model().resolve("model.safetensors")));
    }
}
