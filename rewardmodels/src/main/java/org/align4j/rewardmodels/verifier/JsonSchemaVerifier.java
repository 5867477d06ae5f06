package org.align4j.rewardmodels.verifier;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.keyword.DisallowUnknownKeywordFactory;
import java.util.List;
import org.align4j.core.UserException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Right when the response is one JSON value that a schema (<a href="https://json-schema.org/draft/2020-12">JSON Schema, draft 2020-12</a>) accepts; the format
 * is valid when it is one JSON value at all. Keys that stand twice, and anything beside the value but white space, are no JSON here. Keywords that the draft does
 * not know are errors of the schema, so that a mistyped one is not passed over; {@code format} is a note, as the draft has it; what is referred to must stand
 * in the schema itself: nothing is fetched. Patterns are bounded as in {@link BoundedPattern}.
 */
public final class JsonSchemaVerifier implements Verifier {
    private static final JsonMapper MAPPER = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
    /** Numbers beyond are no JSON here: arithmetic over them, for {@code multipleOf}, could take for ever. */
    private static final int LARGEST_EXPONENT = 400;
    private static final String FENCE = "```";

    private final Schema schema;
    private final String canonical;
    private final boolean fenced;

    /**
     * @param schema the schema as JSON text
     * @param fenced whether a response may be one Markdown code block with the value in it
     */
    public JsonSchemaVerifier(String schema, boolean fenced) {
        this.fenced = fenced;
        try {
            JsonNode node = MAPPER.readTree(schema);
            if (!node.isObject() && !node.isBoolean()) {
                throw new UserException("A JSON schema must be a JSON object, found " + shortened(schema) + ".");
            }
            checked(node, schema);
            canonical = node.toString();
            this.schema = registry().getSchema(node);
            this.schema.initializeValidators();
        } catch (JacksonException e) {
            throw new UserException("The JSON schema " + shortened(schema) + " is not JSON: " + e.getOriginalMessage() + ".", e);
        } catch (SchemaException e) {
            throw new UserException("The JSON schema " + shortened(schema) + " cannot be used: " + e.getMessage()
                    + ". Only keywords of draft 2020-12 are known, and references into the schema itself.", e);
        }
    }

    /** The draft's own schema of schemas sees a type that is none and a limit that is no number. */
    private static void checked(JsonNode node, String schema) {
        Dialect draft = Dialects.getDraft202012();
        List<Error> errors = SchemaRegistry.withDialect(draft).getSchema(SchemaLocation.of(draft.getId())).validate(node);
        if (!errors.isEmpty()) {
            throw new UserException("The JSON schema " + shortened(schema) + " is not one of draft 2020-12: at " + errors.get(0).getInstanceLocation() + ", "
                    + errors.get(0).getMessage() + ".");
        }
    }

    private static SchemaRegistry registry() {
        Dialect dialect = Dialect.builder(Dialects.getDraft202012()).unknownKeywordFactory(DisallowUnknownKeywordFactory.getInstance()).build();
        SchemaRegistryConfig config = SchemaRegistryConfig.builder().failFast(true).preloadSchema(true).regularExpressionFactory(expression -> {
            BoundedPattern pattern = BoundedPattern.of(expression);
            return text -> pattern.find(text, false) != null;
        }).build();
        return SchemaRegistry.withDialect(dialect, b -> b.schemaRegistryConfig(config).schemaLoader(l -> l.fetchRemoteResources(false)));
    }

    @Override
    public Verdict verify(String prompt, String response, String answer) {
        JsonNode value;
        try {
            value = MAPPER.readTree(fenced ? unfenced(response) : response);
        } catch (JacksonException | NumberFormatException e) {
            // The latter is what the parser throws for exponents that do not fit.
            return new Verdict(0, false);
        }
        if (value.isMissingNode() || !bounded(value)) {
            return new Verdict(0, false);
        }
        return new Verdict(schema.validate(value).isEmpty() ? 1 : 0, true);
    }

    private static boolean bounded(JsonNode value) {
        if (value.isBigDecimal()) {
            java.math.BigDecimal v = value.decimalValue();
            return Math.abs((long) v.precision() - v.scale()) <= LARGEST_EXPONENT && v.precision() <= LARGEST_EXPONENT;
        }
        for (JsonNode child : value) {
            if (!bounded(child)) {
                return false;
            }
        }
        return true;
    }

    private static String unfenced(String response) {
        String text = response.strip();
        if (!text.startsWith(FENCE) || !text.endsWith(FENCE) || text.length() < 2 * FENCE.length()) {
            return text;
        }
        int line = text.indexOf('\n');
        return line < 0 ? text : text.substring(line + 1, Math.max(line + 1, text.length() - FENCE.length()));
    }

    @Override
    public boolean needsReference() {
        return false;
    }

    /** The schema, written in one line. */
    public String schema() {
        return canonical;
    }

    private static String shortened(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.length() > 80 ? line.substring(0, 80) + "…" : line;
    }
}
