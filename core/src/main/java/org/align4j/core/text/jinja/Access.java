package org.align4j.core.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code x.name}, {@code x[index]} and slices. A dot looks for a method first, brackets for an item first. */
final class Access {
    private static final Set<String> DICT = Set.of("clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values");
    private static final Set<String> LIST = Set.of("append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort");
    private static final Set<String> TUPLE = Set.of("count", "index");

    private Access() {}

    static Object attribute(Object object, String name, Budget budget) {
        budget.step();
        if (object instanceof Undefined u) {
            throw u.fault();
        }
        if (object instanceof Values.Namespace n) {
            return n.fields().containsKey(name) ? n.fields().get(name) : missing(object, name);
        }
        if (object instanceof LoopContext loop) {
            return loop.attribute(name);
        }
        if (isMethod(object, name)) {
            return new Values.Method(object, name);
        }
        if (object instanceof Map<?, ?> m) {
            return m.containsKey(name) ? m.get(name) : missing(object, name);
        }
        return missing(object, name);
    }

    private static boolean isMethod(Object object, String name) {
        if (name.startsWith("__")) {
            throw new Fault("the attribute '" + name + "' is not supported.");
        }
        if (object instanceof Values.Markup) {
            throw Python.markup();
        }
        if (Python.isNumber(object) && Set.of("real", "imag", "numerator", "denominator", "conjugate", "bit_length", "bit_count", "to_bytes", "from_bytes",
                "as_integer_ratio", "is_integer", "hex", "fromhex").contains(name)) {
            throw new Fault("the attribute '" + name + "' of a number is not supported.");
        }
        if (object instanceof Values.Callable || object instanceof Values.Method) {
            throw new Fault("the attribute '" + name + "' of a function is not supported.");
        }
        if (object instanceof Sequence s && !s.indexed()) {
            throw new Fault("the attribute '" + name + "' of " + Python.type(s) + " is not supported.");
        }
        return object instanceof String ? StringMethods.NAMES.contains(name)
                : object instanceof Map ? DICT.contains(name)
                : object instanceof List ? LIST.contains(name) : object instanceof Sequence && TUPLE.contains(name);
    }

    static Undefined missing(Object object, Object name) {
        String key = name instanceof String s ? "'" + s + "'" : String.valueOf(name);
        return new Undefined(Python.type(object) + " has no attribute or item " + key);
    }

    static Object item(Object object, Object index, Budget budget) {
        budget.step();
        if (object instanceof Undefined u) {
            throw u.fault();
        }
        if (object instanceof Map<?, ?> m && isKey(index) && m.containsKey(key(index))) {
            return m.get(key(index));
        }
        if (Python.isInteger(index)) {
            long i = Python.asLong(index);
            if (object instanceof String s) {
                long n = Python.length(s);
                i = i < 0 ? i + n : i;
                if (i < 0 || i >= n) {
                    return missing(object, index);
                }
                int at = s.offsetByCodePoints(0, (int) i);
                budget.steps(i / 64);
                return Character.toString(s.codePointAt(at));
            }
            List<Object> items = items(object);
            if (items != null) {
                i = i < 0 ? i + items.size() : i;
                return i < 0 || i >= items.size() ? missing(object, index) : items.get((int) i);
            }
        }
        if (object instanceof Values.Markup) {
            throw Python.markup();
        }
        // The reference falls back to the attribute when there is no such item.
        return index instanceof String name ? attribute(object, name, budget) : missing(object, index instanceof Undefined ? "undefined" : index);
    }

    private static List<Object> items(Object object) {
        return object instanceof List<?> l ? Python.cast(l) : object instanceof Sequence s && s.indexed() ? s.items() : null;
    }

    static Object slice(Object object, Object start, Object stop, Object step, Budget budget) {
        if (object instanceof Undefined u) {
            throw u.fault();
        }
        List<Object> items = object instanceof String s ? Python.iterate(s, budget) : items(object);
        if (items == null) {
            if (object instanceof Values.Markup) {
                throw Python.markup();
            }
            throw new Fault(Python.type(object) + " cannot be sliced.");
        }
        int by = step == null ? 1 : Args.integer(step, "the step of a slice");
        if (by == 0) {
            throw new Fault("the step of a slice must not be 0.");
        }
        int n = items.size();
        int from = start == null ? (by > 0 ? 0 : n - 1) : bound(Args.integer(start, "the start of a slice"), n, by);
        int to = stop == null ? (by > 0 ? n : -1) : bound(Args.integer(stop, "the end of a slice"), n, by);
        List<Object> out = new ArrayList<>();
        for (long i = from; by > 0 ? i < to : i > to; i += by) {
            out.add(items.get((int) i));
        }
        budget.make(out.size());
        if (object instanceof String) {
            StringBuilder text = new StringBuilder();
            out.forEach(text::append);
            return text.toString();
        }
        return object instanceof List ? out : new Sequence(((Sequence) object).kind, out);
    }

    private static int bound(int index, int n, int by) {
        int i = index < 0 ? index + n : index;
        if (i < 0) {
            return by > 0 ? 0 : -1;
        }
        return i >= n ? (by > 0 ? n : n - 1) : i;
    }

    static boolean isKey(Object v) {
        return v == null || v instanceof String || v instanceof Long || v instanceof Boolean || v instanceof Double;
    }

    /** Keys that are equal in Python must be equal in the map: 1, 1.0 and True are one key. */
    static Object key(Object v) {
        if (v instanceof Boolean || v instanceof Double) {
            throw new Fault("a key that is " + Python.type(v) + " is not supported.");
        }
        return v;
    }
}
