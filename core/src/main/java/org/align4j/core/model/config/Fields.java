package org.align4j.core.model.config;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;

/** Typed access to the fields of one JSON object of a configuration; messages name the source, the field and what it holds. */
final class Fields {
    private final Map<?, ?> json;
    private final String source;
    private final String prefix;

    Fields(Map<?, ?> json, String source, String prefix) {
        this.json = json;
        this.source = source;
        this.prefix = prefix;
    }

    /** The value, null where the key is absent or null: Hugging Face configurations use both to mean "not set". */
    Object get(String key) {
        return json.get(key);
    }

    boolean has(String key) {
        return json.get(key) != null;
    }

    /** Whether the key is there, be it null. */
    boolean hasKey(String key) {
        return json.containsKey(key);
    }

    UserException fault(String key, String problem) {
        return new UserException(source + ": " + prefix + key + " = " + show(json.get(key)) + ": " + problem);
    }

    UserException unsupported(String key, String supported) {
        return fault(key, "this changes what the model computes and is not supported; supported: " + supported + ". Use another model");
    }

    /** A required integer within bounds. */
    int size(String key, int max) {
        if (!has(key)) {
            throw new UserException(source + ": " + prefix + key + " is missing; a positive integer is required, add it");
        }
        return integer(key, 1, max);
    }

    int size(String key, int max, int fallback) {
        return has(key) ? integer(key, 1, max) : fallback;
    }

    int integer(String key, int min, int max) {
        Object value = json.get(key);
        if (value instanceof Long number && number >= min && number <= max) {
            return number.intValue();
        }
        throw fault(key, "an integer from " + min + " to " + max + " is required, correct it");
    }

    double number(String key, double above, double below, double fallback) {
        Object value = json.get(key);
        if (value == null) {
            return fallback;
        }
        if (value instanceof Number number && !(value instanceof BigInteger) && number.doubleValue() > above && number.doubleValue() < below) {
            return number.doubleValue();
        }
        throw fault(key, "a number greater than " + above + " and less than " + below + " is required, correct it");
    }

    boolean flag(String key, boolean fallback) {
        Object value = json.get(key);
        if (value == null) {
            return fallback;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw fault(key, "true or false is required, correct it");
    }

    String text(String key, String fallback) {
        Object value = json.get(key);
        if (value == null) {
            return fallback;
        }
        if (value instanceof String text) {
            return text;
        }
        throw fault(key, "a string is required, correct it");
    }

    /** The object under a key, null where it is absent. */
    Fields object(String key) {
        Object value = json.get(key);
        if (value == null) {
            return null;
        }
        if (value instanceof Map<?, ?> map) {
            return new Fields(map, source, prefix + key + ".");
        }
        throw fault(key, "an object is required, correct it");
    }

    /** A list of integers; a single integer stands for a list of one. */
    List<Integer> ids(String key, int vocabSize, List<Integer> fallback) {
        if (!json.containsKey(key)) {
            return fallback;
        }
        Object value = json.get(key);
        if (value == null) {
            return List.of();
        }
        List<Integer> result = new ArrayList<>();
        for (Object element : value instanceof List<?> list ? list : List.of(value)) {
            if (!(element instanceof Long id) || id < 0 || id >= vocabSize) {
                throw fault(key, "token ids from 0 to vocab_size - 1 = " + (vocabSize - 1) + " are required, correct it");
            }
            result.add(id.intValue());
        }
        return result;
    }

    static String show(Object value) {
        String text = String.valueOf(value instanceof String s ? "\"" + s + "\"" : value);
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }

    Iterable<?> keys() {
        return json.keySet();
    }
}
