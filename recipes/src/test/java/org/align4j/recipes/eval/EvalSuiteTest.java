package org.align4j.recipes.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.recipes.yaml.DocumentReader;
import org.align4j.recipes.yaml.JsonSchema;
import org.align4j.recipes.yaml.RecipeException;
import org.align4j.recipes.yaml.RecordWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EvalSuiteTest {
    private static final String SUITE = "name: s\nmodels: {a: m, b: {path: m, precision: auto}}\nevaluations:\n  - loss: {data: d.jsonl}\n  - loss: {data: {path: [d.jsonl]}}\n"
            + "  - loss: {name: old, data: d.jsonl}\n";

    @TempDir
    private Path dir;

    @BeforeEach
    void files() throws IOException {
        Files.createDirectory(dir.resolve("m"));
        Files.writeString(dir.resolve("d.jsonl"), "");
    }

    private EvalSuite parse(String text) {
        return EvalSuite.parse("s.yaml", text, List.of(), dir);
    }

    @Test
    void oneWordIsAPath() {
        EvalSuite s = parse(SUITE);
        assertEquals(EvalModel.of(dir.resolve("m")), s.models().get("a"));
        assertEquals(((EvalSpec.Loss) s.evaluations().get(0)).data(), ((EvalSpec.Loss) s.evaluations().get(1)).data());
        assertEquals(Optional.of("a"), s.baseline());
        assertEquals(List.of("loss", "loss-2", "old"), s.names());
        assertEquals(dir.resolve("evaluations/s"), s.output());
        assertEquals(s, parse(RecordWriter.write(s)), "what is written out reads back");
    }

    @Test
    void modelsOfTheCommandLineJoinThoseOfTheFile() throws IOException {
        Path file = Files.writeString(dir.resolve("s.yaml"), SUITE);
        Files.createDirectory(dir.resolve("n"));
        EvalSuite s = EvalSuite.read(file, List.of("seed=3", "evaluations[2].loss.data=m/../d.jsonl"), Map.of("b", dir.resolve("n"), "c-1.5", dir.resolve("n")));
        assertEquals(List.of("a", "b", "c-1.5"), List.copyOf(s.models().keySet()));
        assertEquals(dir.resolve("n"), s.models().get("b").path());
        assertEquals(3, s.seed());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "name: s | baseline: c, name: s | baseline must be one of the models a, b, found 'c'",
        "b: {path | 'b c': {path | a model's name must be of letters",
        "name: old | name: 'a/b' | a name must be of letters",
        "loss: {name: old | los: {name: old | unknown eval_spec 'los'; did you mean 'loss'?",
        "precision: auto | precision: half | must be one of auto, fp32, bf16",
        "{name: old, data: d.jsonl} | {name: old, data: } | evaluations[2].loss.data must be a mapping",
        "loss: {name: old, data | preferences: {reference: z, data | reference must be one of the models a, b, found 'z'",
        "loss: {name: old, data: d.jsonl} | kl: {prompts: d.jsonl, temperature: 0.5} | the divergence is of what a model says at temperature 1",
        "loss: {name: old, data: d.jsonl} | win_rate: {prompts: d.jsonl, judge: stage} | there is no reward stage outside of a recipe",
        "loss: {name: old, data: d.jsonl} | win_rate: {prompts: d.jsonl, judge: final_answer, length_control: false, gamed_rows: d.jsonl} | it has no effect without length_control",
        "loss: {name: old, data: d.jsonl} | exact_match: {prompts: d.jsonl, verifier: {judge: {path: m}}} | an answer is right or wrong by a rule, found judge m",
        "loss: {name: old, data: d.jsonl} | exact_match: {prompts: d.jsonl, samples: 2} | 2 samples at temperature 0 would all be the same"
    })
    void whatIsWrongIsSaid(String part, String other, String expected) {
        String text = SUITE.replace(part, other.replace(", name: s", "\nname: s"));
        String said = assertThrows(RecipeException.class, () -> parse(text)).getMessage();
        assertTrue(said.contains(expected), said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"quickstart", "any-models"})
    void examplesAreSound(String name) throws IOException {
        Path file = Path.of("../examples/recipes/eval/" + name + ".yaml");
        EvalSuite s = new DocumentReader<>(EvalSuite.class, "suite").parse(file.toString(), Files.readString(file), List.of(), file.toAbsolutePath().getParent(), false);
        assertEquals("sft", s.baseline().orElseThrow());
        assertTrue(s.evaluations().size() >= 6, s.toString());
    }

    @Test
    void theSchemaDescribesEverySetting() {
        JsonNode schema = JsonMapper.shared().readTree(JsonSchema.text(EvalSuite.class, "suite"));
        int[] seen = {0};
        visit(schema, "", seen);
        assertTrue(seen[0] > 60, "found only " + seen[0] + " settings");
        JsonNode model = schema.at("/properties/models/additionalProperties/anyOf");
        assertEquals("string", model.get(0).get("type").asString());
        assertEquals("#/$defs/eval_model", model.get(1).get("$ref").asString());
    }

    private static void visit(JsonNode node, String path, int[] seen) {
        if (node.has("properties")) {
            node.get("properties").forEachEntry((key, property) -> {
                seen[0]++;
                assertTrue(path.contains("oneOf") || property.get("description").asString().endsWith("."), path + "/" + key + " has no description");
            });
        }
        if (node.isObject()) {
            node.forEachEntry((key, child) -> visit(child, path + "/" + key, seen));
        } else if (node.isArray()) {
            node.forEach(child -> visit(child, path + "/[]", seen));
        }
    }
}
