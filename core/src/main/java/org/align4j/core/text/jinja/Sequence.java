package org.align4j.core.text.jinja;

import java.util.List;

/** An iterable of Python's that is not a list. A generator can be walked once. */
final class Sequence {
    enum Kind { TUPLE, RANGE, KEYS, VALUES, ITEMS, GENERATOR }

    final Kind kind;
    private List<Object> items;

    Sequence(Kind kind, List<Object> items) {
        this.kind = kind;
        this.items = items;
    }

    static Sequence tuple(Object... items) {
        return new Sequence(Kind.TUPLE, java.util.Arrays.asList(items));
    }

    List<Object> items() {
        List<Object> all = items;
        if (kind == Kind.GENERATOR) {
            items = List.of();
        }
        return all;
    }

    /** Whether it can be indexed, as tuples and ranges can. */
    boolean indexed() {
        return kind == Kind.TUPLE || kind == Kind.RANGE;
    }
}
