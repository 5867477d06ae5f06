package org.align4j.rewardmodels.serve.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.rewardmodels.serve.ArithmeticReward;
import org.align4j.rewardmodels.serve.ScoreService;
import org.align4j.rewardmodels.serve.ServiceOptions;
import org.align4j.rewardmodels.serve.TokenCount;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The document against the handlers: every path and method answers, its examples are taken, replies are as described, and what it forbids is refused. */
class OpenApiTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private final ScoreService service = new ScoreService(ArithmeticReward::new, TokenCount.ESTIMATE, ServiceOptions.DEFAULT).awaitReady();
    private final Api api = new Api(service, ServerOptions.DEFAULT, new HttpMetrics());
    private final JsonNode document = JSON.readTree(call("GET", "/openapi.json", "").body());

    @AfterEach
    void close() {
        service.close();
    }

    private Reply call(String method, String path, String body) {
        return api.handle(new Call(method, path, Map.of("content-type", "application/json"), body.getBytes(StandardCharsets.UTF_8), "x")).reply();
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? resolved(document.at(node.get("$ref").asString().substring(1))) : node;
    }

    @Test
    void everyPathAnswersAsItSays() {
        int paths = 0;
        for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
            for (Map.Entry<String, JsonNode> method : path.getValue().properties()) {
                paths++;
                JsonNode operation = method.getValue();
                if (operation.has("requestBody")) {
                    JsonNode json = operation.at("/requestBody/content/application~1json");
                    assertTrue(json.get("examples").size() > 0, path.getKey());
                    for (JsonNode example : json.get("examples")) {
                        conforms(example.get("value"), json.get("schema"), path.getKey() + " example");
                        check(operation, call("POST", path.getKey(), example.get("value").toString()), 200);
                    }
                    mutated(path.getKey(), operation, json);
                } else {
                    check(operation, call("GET", path.getKey(), ""), 200);
                }
                assertEquals(405, call(operation.has("requestBody") ? "GET" : "POST", path.getKey(), "{}").status());
            }
        }
        assertEquals(8, paths);
    }

    /** One field more, and every field in turn of another type: what the schema does not allow, the handler refuses. */
    private void mutated(String path, JsonNode operation, JsonNode json) {
        for (JsonNode example : json.get("examples")) {
            ObjectNode more = (ObjectNode) example.get("value").deepCopy();
            more.put("surprise", 1);
            check(operation, call("POST", path, more.toString()), 422);
            for (String name : example.get("value").propertyNames()) {
                ObjectNode other = (ObjectNode) example.get("value").deepCopy();
                other.putObject(name).put("surprise", 1);
                check(operation, call("POST", path, other.toString()), 422);
            }
            for (JsonNode name : resolved(json.get("schema")).path("required")) {
                ObjectNode less = (ObjectNode) example.get("value").deepCopy();
                less.remove(name.asString());
                check(operation, call("POST", path, less.toString()), 422);
            }
        }
        check(operation, call("POST", path, "{"), 400);
    }

    private void check(JsonNode operation, Reply reply, int status) {
        String where = operation.get("operationId").asString() + " " + new String(reply.body(), StandardCharsets.UTF_8);
        assertEquals(status, reply.status(), where);
        JsonNode described = operation.get("responses").get(Integer.toString(status));
        assertNotNull(described, where);
        String type = reply.type().split(";")[0];
        JsonNode content = resolved(described).get("content").get(type);
        assertNotNull(content, type + " " + where);
        if (type.endsWith("json")) {
            conforms(JSON.readTree(reply.body()), content.get("schema"), where);
        }
    }

    private void conforms(JsonNode value, JsonNode schema, String where) {
        assertEquals(List.of(), problems(value, schema, ""), where);
    }

    /** As much of JSON Schema as the document uses; a keyword it does not know is a problem. */
    private List<String> problems(JsonNode value, JsonNode unresolved, String at) {
        JsonNode schema = resolved(unresolved);
        List<String> all = new ArrayList<>();
        for (Map.Entry<String, JsonNode> k : schema.properties()) {
            JsonNode v = k.getValue();
            switch (k.getKey()) {
                case "description", "default" -> { }
                case "type" -> {
                    boolean fits = false;
                    for (JsonNode t : v.isArray() ? v : JSON.createArrayNode().add(v)) {
                        fits |= is(value, t.asString());
                    }
                    if (!fits) {
                        all.add(at + " is no " + v);
                    }
                }
                case "enum" -> {
                    boolean found = false;
                    for (JsonNode e : v) {
                        found |= e.equals(value);
                    }
                    if (!found) {
                        all.add(at + " is not one of " + v);
                    }
                }
                case "minimum" -> {
                    if (value.asDouble() < v.asDouble()) {
                        all.add(at + " is too small");
                    }
                }
                case "minItems" -> {
                    if (value.size() < v.asInt()) {
                        all.add(at + " is too short");
                    }
                }
                case "items" -> {
                    for (int i = 0; i < value.size(); i++) {
                        all.addAll(problems(value.get(i), v, at + "/" + i));
                    }
                }
                case "required" -> v.forEach(name -> {
                    if (!value.has(name.asString())) {
                        all.add(at + " lacks " + name);
                    }
                });
                case "properties" -> v.properties().forEach(p -> {
                    if (value.has(p.getKey())) {
                        all.addAll(problems(value.get(p.getKey()), p.getValue(), at + "/" + p.getKey()));
                    }
                });
                case "additionalProperties" -> value.propertyNames().forEach(name -> {
                    if (!schema.get("properties").has(name)) {
                        all.add(at + " has " + name);
                    }
                });
                case "oneOf" -> {
                    int fitting = 0;
                    for (JsonNode one : v) {
                        fitting += problems(value, one, at).isEmpty() ? 1 : 0;
                    }
                    if (fitting != 1) {
                        all.add(at + " fits " + fitting + " of oneOf");
                    }
                }
                default -> all.add(at + " has the keyword " + k.getKey());
            }
        }
        return all;
    }

    private static boolean is(JsonNode value, String type) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> false;
        };
    }
}
