package org.align4j.core.text.jinja;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Truth, equality, order and iteration as Python has them, over null (None), {@link Undefined}, Boolean, Long, Double,
 * String, List, {@link Sequence}, Map, and the kinds of {@link Values}.
 */
final class Python {
    private Python() {}

    static String type(Object v) {
        if (v == null) {
            return "None";
        }
        if (v instanceof Undefined) {
            return "an undefined value";
        }
        if (v instanceof Boolean) {
            return "a bool";
        }
        if (v instanceof Long) {
            return "an int";
        }
        if (v instanceof Double) {
            return "a float";
        }
        if (v instanceof String || v instanceof Values.Markup) {
            return "a string";
        }
        if (v instanceof List) {
            return "a list";
        }
        if (v instanceof Map) {
            return "a dict";
        }
        if (v instanceof Sequence s) {
            return s.kind == Sequence.Kind.TUPLE ? "a tuple" : s.kind == Sequence.Kind.GENERATOR ? "a generator" : "a view or range";
        }
        return v instanceof Values.Namespace ? "a namespace" : v instanceof LoopContext ? "the loop variable" : "a function";
    }

    static boolean truth(Object v) {
        if (v == null || v instanceof Undefined) {
            return false;
        }
        if (v instanceof Boolean b) {
            return b;
        }
        if (v instanceof Long l) {
            return l != 0;
        }
        if (v instanceof Double d) {
            return d != 0;
        }
        if (v instanceof String s) {
            return !s.isEmpty();
        }
        if (v instanceof Values.Markup m) {
            return !m.text().isEmpty();
        }
        if (v instanceof List<?> l) {
            return !l.isEmpty();
        }
        if (v instanceof Map<?, ?> m) {
            return !m.isEmpty();
        }
        return !(v instanceof Sequence s) || s.kind == Sequence.Kind.GENERATOR || !s.items().isEmpty();
    }

    static boolean isNumber(Object v) {
        return v instanceof Long || v instanceof Double || v instanceof Boolean;
    }

    static boolean isInteger(Object v) {
        return v instanceof Long || v instanceof Boolean;
    }

    static long asLong(Object v) {
        return v instanceof Boolean b ? (b ? 1 : 0) : (Long) v;
    }

    static double asDouble(Object v) {
        return v instanceof Double d ? d : asLong(v);
    }

    static boolean equal(Object a, Object b, Budget budget) {
        return equal(a, b, budget, 0);
    }

    private static boolean equal(Object a, Object b, Budget budget, int depth) {
        budget.step();
        Budget.depth(depth);
        if (a == null || b == null) {
            return a == b;
        }
        if (isNumber(a) && isNumber(b)) {
            return compareNumbers(a, b) == 0 && !isNan(a) && !isNan(b);
        }
        if (a instanceof Undefined && b instanceof Undefined) {
            return true;
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            return equalItems(x, y, budget, depth);
        }
        if (a instanceof Sequence x && b instanceof Sequence y) {
            if (!x.indexed() || !y.indexed()) {
                if (x == y) {
                    return true;
                }
                throw new Fault("comparing " + type(a) + " with " + type(b) + " is not supported; turn both into lists.");
            }
            return x.kind == y.kind && equalItems(x.items(), y.items(), budget, depth);
        }
        if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
            if (x.size() != y.size()) {
                return false;
            }
            for (Map.Entry<?, ?> e : x.entrySet()) {
                if (!y.containsKey(e.getKey()) || !equal(e.getValue(), y.get(e.getKey()), budget, depth + 1)) {
                    return false;
                }
            }
            return true;
        }
        if (a instanceof Values.Markup || b instanceof Values.Markup) {
            throw markup();
        }
        if (a instanceof String x && b instanceof String y) {
            budget.steps(Math.min(x.length(), y.length()) / 64);
            return x.equals(y);
        }
        return a == b;
    }

    private static boolean equalItems(List<?> x, List<?> y, Budget budget, int depth) {
        if (x.size() != y.size()) {
            return false;
        }
        for (int i = 0; i < x.size(); i++) {
            if (!equal(x.get(i), y.get(i), budget, depth + 1)) {
                return false;
            }
        }
        return true;
    }

    static Fault markup() {
        return new Fault("text marked safe or escaped can be printed but not combined with other text; leave out 'safe' or 'escape'.");
    }

    private static boolean isNan(Object v) {
        return v instanceof Double d && d.isNaN();
    }

    private static int compareNumbers(Object a, Object b) {
        if (isInteger(a) && isInteger(b)) {
            return Long.compare(asLong(a), asLong(b));
        }
        double x = asDouble(a);
        double y = asDouble(b);
        if (Double.isNaN(x) || Double.isNaN(y) || Double.isInfinite(x) || Double.isInfinite(y)) {
            return x < y ? -1 : x > y ? 1 : 0;
        }
        return decimal(a).compareTo(decimal(b));
    }

    private static BigDecimal decimal(Object v) {
        return v instanceof Double d ? new BigDecimal(d) : BigDecimal.valueOf(asLong(v));
    }

    /** Whether {@code a operator b} holds for one of {@code < <= > >=}. */
    static boolean ordered(String operator, Object a, Object b, Budget budget) {
        if (isNan(a) || isNan(b)) {
            compare(a, b, budget);
            return false;
        }
        int c = compare(a, b, budget);
        return switch (operator) {
            case "<" -> c < 0;
            case "<=" -> c <= 0;
            case ">" -> c > 0;
            default -> c >= 0;
        };
    }

    static int compare(Object a, Object b, Budget budget) {
        return compare(a, b, budget, 0);
    }

    private static int compare(Object a, Object b, Budget budget, int depth) {
        budget.step();
        Budget.depth(depth);
        if (isNumber(a) && isNumber(b)) {
            return compareNumbers(a, b);
        }
        if (a instanceof String x && b instanceof String y) {
            budget.steps(Math.min(x.length(), y.length()) / 64);
            return compareStrings(x, y);
        }
        List<?> x = orderedItems(a);
        List<?> y = orderedItems(b);
        if (x != null && y != null && a.getClass() == b.getClass()) {
            for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
                if (!equal(x.get(i), y.get(i), budget, depth + 1)) {
                    return compare(x.get(i), y.get(i), budget, depth + 1);
                }
            }
            return Integer.compare(x.size(), y.size());
        }
        if (a instanceof Undefined u) {
            throw u.fault();
        }
        if (b instanceof Undefined u) {
            throw u.fault();
        }
        throw new Fault(type(a) + " and " + type(b) + " have no order.");
    }

    private static List<?> orderedItems(Object v) {
        return v instanceof List<?> l ? l : v instanceof Sequence s && s.kind == Sequence.Kind.TUPLE ? s.items() : null;
    }

    /** By code point, where Java compares UTF-16 units. */
    private static int compareStrings(String x, String y) {
        int n = Math.min(x.length(), y.length());
        for (int i = 0; i < n; i++) {
            char a = x.charAt(i);
            char b = y.charAt(i);
            if (a != b) {
                boolean sa = Character.isSurrogate(a);
                boolean sb = Character.isSurrogate(b);
                return sa != sb ? (sa ? 1 : -1) : Character.compare(a, b);
            }
        }
        return Integer.compare(x.length(), y.length());
    }

    static boolean contains(Object container, Object item, Budget budget) {
        if (container instanceof String s) {
            if (item instanceof String part) {
                budget.steps(s.length() / 16 + (long) Math.min(part.length(), 1000) * s.length() / 10_000);
                return s.contains(part);
            }
            if (item instanceof Undefined u) {
                throw u.fault();
            }
            throw new Fault("'in' on a string needs a string before it, found " + type(item) + ".");
        }
        if (container instanceof Map<?, ?> m) {
            if (item instanceof List || item instanceof Map) {
                throw new Fault(type(item) + " cannot be a key of a dict.");
            }
            return Access.isKey(item) && m.containsKey(Access.key(item));
        }
        for (Object o : iterate(container, budget)) {
            if (equal(o, item, budget)) {
                return true;
            }
        }
        return false;
    }

    /** The items a loop over {@code v} sees. */
    static List<Object> iterate(Object v, Budget budget) {
        if (v instanceof List<?> l) {
            return cast(l);
        }
        if (v instanceof Sequence s) {
            return s.items();
        }
        if (v instanceof Map<?, ?> m) {
            budget.make(m.size());
            return new ArrayList<>(m.keySet());
        }
        if (v instanceof String s) {
            budget.make(s.length());
            List<Object> out = new ArrayList<>(s.length());
            s.codePoints().forEach(c -> out.add(Character.toString(c)));
            return out;
        }
        if (v instanceof Undefined) {
            return List.of();
        }
        throw new Fault(type(v) + " cannot be iterated over.");
    }

    @SuppressWarnings("unchecked") // every list the engine sees was made by it
    static List<Object> cast(List<?> l) {
        return (List<Object>) l;
    }

    static long length(Object v) {
        if (v instanceof String s) {
            return s.codePointCount(0, s.length());
        }
        if (v instanceof List<?> l) {
            return l.size();
        }
        if (v instanceof Map<?, ?> m) {
            return m.size();
        }
        if (v instanceof Sequence s && s.kind != Sequence.Kind.GENERATOR) {
            return s.items().size();
        }
        if (v instanceof Undefined) {
            return 0;
        }
        if (v instanceof LoopContext loop) {
            return loop.size();
        }
        throw new Fault(type(v) + " has no length.");
    }
}
