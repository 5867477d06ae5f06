package org.align4j.recipes.yaml;

import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON Schema (draft 2020-12) of the documents a record is decoded from, for editors that complete and check YAML.
 * It says what can be said of one setting; rules between settings are the decoder's alone.
 */
public final class JsonSchema {
    private final Map<String, Object> definitions = new LinkedHashMap<>();
    private final Map<Class<?>, String> names = new LinkedHashMap<>();

    private JsonSchema() {}

    /** The schema of a record type as nested maps. */
    public static Map<String, Object> of(Class<? extends Record> type, String title) {
        JsonSchema schema = new JsonSchema();
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        out.put("title", title);
        out.putAll(schema.object(type));
        out.put("$defs", schema.definitions);
        return out;
    }

    /** The same as JSON text, indented, ending in a newline. */
    public static String text(Class<? extends Record> type, String title) {
        return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(of(type, title)) + "\n";
    }

    private Map<String, Object> object(Class<?> record) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (Shape.Field field : Shape.fields(record)) {
            properties.put(field.key(), property(field));
            if (field.required()) {
                required.add(field.key());
            }
        }
        Map<String, Object> out = new LinkedHashMap<>();
        Doc doc = record.getAnnotation(Doc.class);
        if (doc != null) {
            out.put("description", doc.value());
        }
        out.put("type", "object");
        out.put("properties", properties);
        if (!required.isEmpty()) {
            out.put("required", required);
        }
        out.put("additionalProperties", false);
        return out;
    }

    private Map<String, Object> property(Shape.Field field) {
        RecordComponent c = field.component();
        Map<String, Object> out = new LinkedHashMap<>();
        if (!field.doc().isEmpty()) {
            out.put("description", field.doc());
        }
        out.putAll(schema(c.getGenericType(), c));
        if ("{}".equals(field.fallback())) {
            out.put("default", Map.of());
        } else if (field.fallback() != null && !field.fallback().contains("{")) {
            Type type = field.optional() ? Shape.argument(c.getGenericType(), 0) : c.getGenericType();
            out.put("default", constant(Shape.raw(type), field.fallback()));
        } else if (field.optional()) {
            out.put("default", null);
        }
        return out;
    }

    private Map<String, Object> schema(Type type, RecordComponent c) {
        Class<?> raw = Shape.raw(type);
        Map<String, Object> out = new LinkedHashMap<>();
        if (raw == Optional.class) {
            out.put("anyOf", List.of(schema(Shape.argument(type, 0), c), Map.of("type", "null")));
        } else if (raw == List.class) {
            Map<String, Object> items = schema(Shape.argument(type, 0), c);
            out.put("type", "array");
            out.put("items", items);
            Range size = Scalars.isNumber(Shape.raw(Shape.argument(type, 0))) ? null : c.getAnnotation(Range.class);
            if (size != null && size.min() > 0) {
                out.put("minItems", (long) size.min());
            }
            if (size != null && size.max() < Double.POSITIVE_INFINITY) {
                out.put("maxItems", (long) size.max());
            }
            return c.isAnnotationPresent(OneOrMany.class) ? Map.of("anyOf", List.of(items, out)) : out;
        } else if (raw == Map.class) {
            out.put("type", "object");
            out.put("additionalProperties", schema(Shape.argument(type, 1), c));
        } else if (raw.isEnum()) {
            out.put("enum", Shape.constants(raw));
        } else if (Scalars.handles(raw)) {
            scalar(raw, c, out);
        } else if (raw.isSealed()) {
            out.put("oneOf", members(raw));
        } else {
            out.put("$ref", reference(raw));
            return c.isAnnotationPresent(Brief.class) ? Map.of("anyOf", List.of(Map.of("type", "string", "minLength", 1), out)) : out;
        }
        return out;
    }

    private List<Map<String, Object>> members(Class<?> sealed) {
        List<Map<String, Object>> out = new ArrayList<>();
        List<String> words = new ArrayList<>();
        Shape.family(sealed).forEach((key, member) -> {
            out.add(choice(key, member));
            if (Shape.fields(member).stream().noneMatch(Shape.Field::required)) {
                words.add(key);
            }
        });
        if (sealed.isAnnotationPresent(OneWord.class)) {
            out.add(0, Map.of("enum", words));
        }
        return out;
    }

    private Map<String, Object> choice(String key, Class<?> member) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("type", "object");
        out.put("properties", Map.of(key, Map.of("$ref", reference(member))));
        out.put("required", List.of(key));
        out.put("additionalProperties", false);
        return out;
    }

    private String reference(Class<?> record) {
        String name = names.get(record);
        if (name == null) {
            String simple = Shape.snake(record.getSimpleName());
            // Members of two families may have the same name.
            name = names.containsValue(simple) ? Shape.snake(record.getEnclosingClass().getSimpleName()) + "_" + simple : simple;
            names.put(record, name);
            definitions.put(name, Map.of()); // keeps its place while what it refers to is described
            definitions.put(name, object(record));
        }
        return "#/$defs/" + name;
    }

    private static void scalar(Class<?> raw, RecordComponent c, Map<String, Object> out) {
        TextForm form = raw.getAnnotation(TextForm.class);
        if (form != null && form.json().equals("either")) {
            out.put("anyOf", List.of(Map.of("type", "string"), Map.of("type", "integer", "minimum", 0)));
            return;
        }
        boolean number = raw == double.class || raw == Double.class;
        boolean whole = raw == int.class || raw == Integer.class || raw == long.class || raw == Long.class;
        out.put("type", form != null ? form.json() : whole ? "integer" : number ? "number" : raw == boolean.class || raw == Boolean.class ? "boolean" : "string");
        if (form != null && form.json().equals("number")) {
            out.put("minimum", 0);
        }
        if (raw == Path.class) {
            out.put("minLength", 1);
        }
        Matches matches = c.getAnnotation(Matches.class);
        if (matches != null && raw == String.class) {
            out.put("pattern", "^" + matches.value() + "$");
        }
        Range r = c.getAnnotation(Range.class);
        if (r != null && (number || whole)) {
            bound(out, "minimum", r.min(), whole);
            bound(out, "maximum", r.max(), whole);
            bound(out, "exclusiveMinimum", r.above(), whole);
            bound(out, "exclusiveMaximum", r.below(), whole);
        }
    }

    private static void bound(Map<String, Object> out, String name, double value, boolean whole) {
        if (Double.isFinite(value)) {
            out.put(name, whole || value == Math.rint(value) ? (Object) (long) value : (Object) value);
        }
    }

    private static Object constant(Class<?> type, String text) {
        TextForm form = type.getAnnotation(TextForm.class);
        if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
            return Long.parseLong(text);
        } else if (type == double.class || type == Double.class || form != null && form.json().equals("number")) {
            return Double.parseDouble(text);
        } else if (type == boolean.class || type == Boolean.class) {
            return Boolean.parseBoolean(text);
        }
        return text;
    }
}
