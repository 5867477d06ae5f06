package org.align4j.core.text.jinja;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Evaluated arguments of a call to the function, filter, test or method {@code of}. */
record Args(String of, List<Object> positional, Map<String, Object> keyword) {
    /** Stands for an argument that was not given; None is a value. */
    static final Object MISSING = new Object();

    /** Arguments in the order of {@code names}, {@link #MISSING} where not given. */
    Object[] bind(int required, String... names) {
        Object[] out = new Object[names.length];
        Arrays.fill(out, MISSING);
        if (positional.size() > names.length) {
            throw new Fault(of + " takes at most " + names.length + " arguments, found " + positional.size() + ".");
        }
        for (int i = 0; i < positional.size(); i++) {
            out[i] = positional.get(i);
        }
        for (Map.Entry<String, Object> e : keyword.entrySet()) {
            int i = Arrays.asList(names).indexOf(e.getKey());
            if (i < 0) {
                throw new Fault(of + " has no argument named '" + e.getKey() + "'" + (names.length == 0 ? "." : "; it has " + String.join(", ", names) + "."));
            }
            if (out[i] != MISSING) {
                throw new Fault(of + " is given '" + e.getKey() + "' twice.");
            }
            out[i] = e.getValue();
        }
        for (int i = 0; i < required; i++) {
            if (out[i] == MISSING) {
                throw new Fault(of + " needs the argument '" + names[i] + "'.");
            }
        }
        return out;
    }

    Args withoutFirst(String newOf) {
        return new Args(newOf, positional.subList(1, positional.size()), keyword);
    }

    static String string(Object value, String what) {
        if (value instanceof String s) {
            return s;
        }
        throw new Fault(what + " must be a string, found " + Python.type(value) + ".");
    }

    static int integer(Object value, String what) {
        if (value instanceof Boolean b) {
            return b ? 1 : 0;
        }
        if (value instanceof Long l) {
            return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, l));
        }
        throw new Fault(what + " must be an integer, found " + Python.type(value) + ".");
    }
}
