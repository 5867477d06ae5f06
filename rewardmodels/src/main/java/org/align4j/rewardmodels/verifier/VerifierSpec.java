package org.align4j.rewardmodels.verifier;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.UserException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * A verifier and its scores by name, as recipes, the server and the command line give them: a kind and its settings ({@link Verifiers} lists both).
 *
 * @param kind     {@code exact_match}, {@code final_answer}, {@code regex}, {@code json_schema}, {@code length} or {@code ifeval}
 * @param settings text, numbers, truth values, lists and maps by name; what is not given has its default
 */
public record VerifierSpec(String kind, Map<String, Object> settings) {
    private static final JsonMapper MAPPER = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    public VerifierSpec {
        Objects.requireNonNull(kind, "kind");
        settings = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    }

    /** A kind with all its defaults. */
    public static VerifierSpec of(String kind) {
        return new VerifierSpec(kind, Map.of());
    }

    /** Reads a kind's name, or a JSON object with {@code kind} and settings beside it: <code>{"kind": "regex", "pattern": "\\d+"}</code>. */
    public static VerifierSpec parse(String text) {
        if (!text.strip().startsWith("{")) {
            return of(text.strip());
        }
        Map<String, Object> settings;
        try {
            settings = new LinkedHashMap<>(MAPPER.readValue(text, new TypeReference<Map<String, Object>>() { }));
        } catch (JacksonException e) {
            throw new UserException("A verifier is a kind's name or a JSON object, found " + text.strip() + ": " + e.getOriginalMessage() + ".", e);
        }
        if (!(settings.remove("kind") instanceof String kind)) {
            throw new UserException("A verifier needs its kind as text, as in {\"kind\": \"final_answer\"}; found " + text.strip() + ".");
        }
        return new VerifierSpec(kind, settings);
    }
}
