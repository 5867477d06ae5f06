package org.align4j.rewardmodels.serve.http;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads what strangers send: one JSON value, no key twice, nothing behind it, bounded in depth. */
final class Json {
    /** Levels of objects and lists; what is served needs five. */
    static final int MAX_DEPTH = 16;
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).maxNumberLength(64).maxNameLength(256).maxStringLength(Integer.MAX_VALUE).build())
            .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private Json() {}

    static JsonNode read(byte[] body) {
        if (body.length == 0) {
            throw new Problem(400, "The body is empty; it must be a JSON object.");
        }
        try {
            JsonNode node = MAPPER.readTree(body);
            if (node == null || node.isMissingNode()) {
                throw new Problem(400, "The body is blank; it must be a JSON object.");
            }
            return node;
        } catch (StreamConstraintsException e) {
            throw new Problem(400, "The JSON exceeds a limit" + where(e) + ": at most " + MAX_DEPTH + " levels, 256 characters in a name and 64 digits in a number are taken.");
        } catch (JacksonException e) {
            throw new Problem(400, "The body is not valid JSON" + where(e) + ": " + words(e) + ".");
        }
    }

    private static String where(JacksonException e) {
        return e.getLocation() == null || e.getLocation().getLineNr() < 1 ? "" : " at line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr();
    }

    /** Jackson's own words may quote what was sent; they stay out of replies and logs. */
    private static String words(JacksonException e) {
        String m = String.valueOf(e.getOriginalMessage());
        return m.startsWith("Duplicate") ? "an object has a name twice" : m.contains("UTF-8") ? "it is not UTF-8" : m.contains("end-of-input") ? "it ends too early"
                : m.contains("Trailing token") ? "something follows the first value" : "an unexpected character or token";
    }

    static byte[] write(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }
}
