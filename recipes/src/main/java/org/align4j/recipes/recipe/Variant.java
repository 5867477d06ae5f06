package org.align4j.recipes.recipe;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** One of the losses a stage offers: an enum constant that knows which of the stage's settings it reads, and what they are unless given. */
interface Variant {
    String name();

    /** Settings this loss reads, by key, with its defaults. */
    Map<String, Object> settings();

    /** As in recipes. */
    default String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Settings out of keys and values in turn. */
    static Map<String, Object> settings(Object... keysAndValues) {
        Map<String, Object> out = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            out.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return java.util.Collections.unmodifiableMap(out);
    }
}
