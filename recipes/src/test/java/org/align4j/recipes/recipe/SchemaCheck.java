package org.align4j.recipes.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.recipes.yaml.YamlNode;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The part of JSON Schema that the recipe schema uses, checked against a tree; written apart from the decoder so that each can testify against the other. */
final class SchemaCheck {
    private static final JsonNode ROOT = JsonMapper.shared().readTree(RecipeSchema.text());

    private SchemaCheck() {}

    static List<String> check(YamlNode node) {
        List<String> out = new ArrayList<>();
        check(ROOT, node, "", out);
        return out;
    }

    private static void check(JsonNode schema, YamlNode node, String path, List<String> out) {
        if (schema.has("$ref")) {
            check(ROOT.at(schema.get("$ref").asString().substring(1)), node, path, out);
            return;
        }
        for (String choice : List.of("anyOf", "oneOf")) {
            if (schema.has(choice)) {
                List<List<String>> tries = new ArrayList<>();
                schema.get(choice).forEach(s -> {
                    List<String> attempt = new ArrayList<>();
                    check(s, node, path, attempt);
                    tries.add(attempt);
                });
                if (tries.stream().noneMatch(List::isEmpty)) {
                    tries.forEach(out::addAll);
                }
                return;
            }
        }
        if (schema.has("enum")) {
            boolean known = false;
            for (JsonNode e : schema.get("enum")) {
                known |= node instanceof YamlNode.Scalar s && s.text().equals(e.asString());
            }
            expect(known, path + ": not in " + schema.get("enum"), out);
            return;
        }
        switch (schema.get("type").asString()) {
            case "object" -> object(schema, node, path, out);
            case "array" -> {
                if (expect(node instanceof YamlNode.Sequence, path + ": no list", out)) {
                    List<YamlNode> items = ((YamlNode.Sequence) node).items();
                    expect(items.size() >= (schema.has("minItems") ? schema.get("minItems").asInt() : 0), path + ": too few", out);
                    for (int i = 0; i < items.size(); i++) {
                        check(schema.get("items"), items.get(i), path + "[" + i + "]", out);
                    }
                }
            }
            case "null" -> expect(node instanceof YamlNode.Scalar s && s.isNull(), path + ": not null", out);
            case "boolean" -> expect(node instanceof YamlNode.Scalar s && s.plain() && s.text().matches("true|false"), path + ": no truth value", out);
            case "integer", "number" -> number(schema, node, path, out);
            case "string" -> expect(node instanceof YamlNode.Scalar s && !s.isNull() && !s.isMissing()
                    && (!schema.has("pattern") || s.text().matches(schema.get("pattern").asString())), path + ": no such text", out);
            default -> throw new AssertionError("Schema type not known: " + schema);
        }
    }

    private static void object(JsonNode schema, YamlNode node, String path, List<String> out) {
        if (!expect(node instanceof YamlNode.Mapping, path + ": no mapping", out)) {
            return;
        }
        YamlNode.Mapping mapping = (YamlNode.Mapping) node;
        JsonNode properties = schema.get("properties");
        for (YamlNode.Entry e : mapping.entries()) {
            String at = path + "." + e.key();
            if (properties == null) {
                check(schema.get("additionalProperties"), e.value(), at, out);
            } else if (expect(properties.has(e.key()), at + ": unknown key", out)) {
                check(properties.get(e.key()), e.value(), at, out);
            }
        }
        if (schema.has("required")) {
            schema.get("required").forEach(r -> expect(mapping.entry(r.asString()).isPresent(), path + ": lacks " + r.asString(), out));
        }
    }

    private static void number(JsonNode schema, YamlNode node, String path, List<String> out) {
        if (!(node instanceof YamlNode.Scalar s && s.text().matches("[+-]?[0-9_.]+([eE][+-]?[0-9]+)?"))) {
            out.add(path + ": no number");
            return;
        }
        double value = Double.parseDouble(s.text().replace("_", ""));
        expect(!schema.get("type").asString().equals("integer") || value == Math.rint(value), path + ": not whole", out);
        Map.<String, java.util.function.DoublePredicate>of(
                "minimum", b -> value >= b, "maximum", b -> value <= b, "exclusiveMinimum", b -> value > b, "exclusiveMaximum", b -> value < b)
                .forEach((k, p) -> expect(!schema.has(k) || p.test(schema.get(k).asDouble()), path + ": beyond " + k, out));
    }

    private static boolean expect(boolean holds, String otherwise, List<String> out) {
        if (!holds) {
            out.add(otherwise);
        }
        return holds;
    }
}
