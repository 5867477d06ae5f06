package org.align4j.core.text.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** Kinds of values that are neither JSON's nor sequences. */
final class Values {
    private Values() {}

    /** {@code namespace(…)}: the one thing a template may change after making it. */
    record Namespace(Map<String, Object> fields) {
        Namespace() {
            this(new LinkedHashMap<>());
        }
    }

    /** A function or macro. */
    interface Callable {
        String name();

        Object call(Args args);
    }

    /** A method of a string, list or map, not yet called. */
    record Method(Object self, String name) {}

    /** Text marked safe or escaped; it can be printed, but not mixed with other text, which would have to be escaped. */
    record Markup(String text) {}
}
