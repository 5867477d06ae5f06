package org.align4j.recipes.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.recipes.yaml.Problem;
import org.align4j.recipes.yaml.YamlNode;
import org.align4j.recipes.yaml.YamlReader;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SchemaTest {
    private static final JsonNode SCHEMA = JsonMapper.shared().readTree(RecipeSchema.text());

    @Test
    void saysWhatTheRecordsSay() {
        assertEquals("https://json-schema.org/draft/2020-12/schema", SCHEMA.get("$schema").asString());
        assertEquals(List.of("name", "seed", "output", "model", "data", "budget", "stages", "evaluate", "memory"), List.copyOf(SCHEMA.get("properties").propertyNames()));
        assertEquals("[\"name\",\"model\",\"stages\"]", SCHEMA.get("required").toString());
        assertEquals(17, SCHEMA.at("/properties/seed/default").asInt());
        assertEquals(members(Stage.class), SCHEMA.at("/properties/stages/items/oneOf").size());
        assertEquals("#/$defs/repeat", SCHEMA.at("/properties/stages/items/oneOf").valueStream().filter(m -> m.at("/properties").has("repeat")).findFirst().orElseThrow()
                .at("/properties/repeat/$ref").asString());
        JsonNode dpo = SCHEMA.at("/$defs/dpo");
        assertEquals(1e-6, dpo.at("/properties/learning_rate/default").asDouble());
        assertEquals(2e-5, SCHEMA.at("/$defs/sft/properties/learning_rate/default").asDouble());
        assertEquals(0.5, dpo.at("/properties/label_smoothing/anyOf/0/exclusiveMaximum").asDouble());
        assertEquals(0, dpo.at("/properties/beta/anyOf/0/exclusiveMinimum").asInt(-1));
        assertEquals("[\"constant\",\"linear\",\"cosine\",\"inverse_sqrt\"]", dpo.at("/properties/schedule/enum").toString());
        assertFalse(dpo.has("required"), "every setting of dpo has a default");
        assertEquals("[\"path\"]", SCHEMA.at("/$defs/data_source/required").toString());
    }

    private static int members(Class<?> family) {
        return java.util.Arrays.stream(family.getPermittedSubclasses()).mapToInt(m -> m.isSealed() ? members(m) : 1).sum();
    }

    @Test
    void everyObjectIsClosedAndEverySettingDescribed() {
        int[] seen = {0};
        visit(SCHEMA, "", seen);
        assertTrue(seen[0] > 80, "found only " + seen[0] + " settings");
    }

    private static void visit(JsonNode node, String path, int[] seen) {
        if (node.has("properties")) {
            assertFalse(node.get("additionalProperties").asBoolean(true), path);
            boolean choice = path.contains("oneOf");
            node.get("properties").forEachEntry((key, property) -> {
                seen[0]++;
                assertTrue(choice || property.get("description").asString().endsWith("."), path + "/" + key + " has no description");
            });
        }
        if (node.isObject()) {
            node.forEachEntry((key, child) -> visit(child, path + "/" + key, seen));
        } else if (node.isArray()) {
            node.forEach(child -> visit(child, path + "/[]", seen));
        }
    }

    @Test
    void recipesConform() {
        for (String text : Stream.of(Examples.SMALL, Examples.FULL, Examples.FAMILIES, Examples.SAMPLING, Examples.SELECTION).flatMap(t -> Stream.of(t, RecipeWriter.write(Examples.parse(t)))).toList()) {
            assertEquals(List.of(), SchemaCheck.check(tree(text)), text);
        }
        assertEquals(List.of(".stages[0].sft.epoch: unknown key"),
                SchemaCheck.check(tree(Examples.SMALL.replace("epochs", "epoch"))).stream().filter(s -> s.contains("epoch")).toList());
    }

    static YamlNode tree(String text) {
        List<Problem> problems = new ArrayList<>();
        YamlNode tree = YamlReader.read("recipe.yaml", text, problems);
        assertEquals(List.of(), problems);
        return tree;
    }
}
