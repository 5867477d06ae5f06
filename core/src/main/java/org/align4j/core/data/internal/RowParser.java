package org.align4j.core.data.internal;

import org.align4j.core.data.DataException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Strict JSON: one object, no duplicate keys, nothing behind it. */
public final class RowParser {
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    // the length of a row is bounded before it comes here
                    .streamReadConstraints(StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).maxNestingDepth(400).build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    private static final ObjectReader STRICT = MAPPER.reader();
    private static final ObjectReader WITH_NAN = STRICT.with(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS);

    private final boolean array;
    private final ObjectReader reader;

    /**
     * @param array whether rows are elements of an array rather than lines
     * @param nan   whether NaN and Infinity, which are no JSON, are taken as numbers
     */
    public RowParser(boolean array, boolean nan) {
        this.array = array;
        reader = nan ? WITH_NAN : STRICT;
    }

    /** Parses a row. */
    public ObjectNode parse(String json, String where) {
        JsonNode node;
        try {
            node = reader.readTree(json);
        } catch (JacksonException e) {
            int column = e.getLocation() == null ? -1 : e.getLocation().getColumnNr();
            String why = e.getOriginalMessage().replaceAll("\\s*\\R\\s*", " ").strip();
            String hint = array || !json.strip().equals("{") && !json.strip().equals("[") ? ""
                    : " A file holds one complete object per line, or one JSON array; this line opens an object that goes on below.";
            throw new DataException(where + (column > 0 ? ", column " + column : "") + ": not valid JSON: " + why + "." + hint, e);
        }
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw new DataException(where + ": a row must be a JSON object such as {\"prompt\": …}, found " + Fields.kind(node) + ".");
    }
}
