package org.align4j.recipes.rundir.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.UserException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** JSON of the files in a run directory. */
public final class Json {
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() { };
    private static final JsonMapper COMPACT = JsonMapper.builder().build();
    private static final JsonMapper PRETTY = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private Json() {
    }

    public static String compact(Object value) {
        return COMPACT.writeValueAsString(value);
    }

    public static String pretty(Object value) {
        return PRETTY.writeValueAsString(value) + "\n";
    }

    /** Parses one object; throws Jackson's exception when the text is something else. */
    public static Map<String, Object> object(String text) {
        return COMPACT.readValue(text, OBJECT);
    }

    /** Parses a value; throws Jackson's exception when the text is something else. */
    public static <T> T of(String text, Class<T> type) {
        return COMPACT.readValue(text, type);
    }

    /** Reads a file with one object as maps, lists, strings and numbers. */
    public static Map<String, Object> readObject(Path file) {
        return read(file, Map.class, text -> object(text));
    }

    public static <T> T read(Path file, Class<T> type) {
        return read(file, type, text -> of(text, type));
    }

    private static <R> R read(Path file, Class<?> type, java.util.function.Function<String, R> parser) {
        try {
            R value = parser.apply(Files.readString(file, StandardCharsets.UTF_8));
            if (value == null) {
                throw new UserException(file + ": required is a JSON object, found null");
            }
            return value;
        } catch (IOException e) {
            throw new UserException("Cannot read " + file + ": " + AtomicText.reason(e), e);
        } catch (JacksonException e) {
            throw new UserException(file + " is not the JSON it should be (" + type.getSimpleName() + "): " + e.getOriginalMessage()
                    + (e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr()), e);
        }
    }
}
