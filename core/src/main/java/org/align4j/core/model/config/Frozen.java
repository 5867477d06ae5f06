package org.align4j.core.model.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Deep immutable copies of JSON values; nulls and order are kept, which List.copyOf and Map.copyOf would not. */
final class Frozen {

    private Frozen() {}

    static Map<String, Object> copy(Map<String, Object> map) {
        Map<String, Object> result = new LinkedHashMap<>();
        map.forEach((key, value) -> result.put(key, value(value)));
        return Collections.unmodifiableMap(result);
    }

    private static Object value(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> result = new LinkedHashMap<>();
            map.forEach((key, inner) -> result.put(key, value(inner)));
            return Collections.unmodifiableMap(result);
        }
        if (value instanceof List<?> list) {
            List<Object> result = new ArrayList<>();
            list.forEach(inner -> result.add(value(inner)));
            return Collections.unmodifiableList(result);
        }
        return value;
    }
}
