package org.align4j.core.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code tojson} as transformers defines it: Python's {@code json.dumps} with {@code ensure_ascii=False}, without HTML escapes, keys in order. */
final class Json {
    private final StringBuilder out = new StringBuilder();
    private final Budget budget;
    private final boolean ascii;
    private final String indent;
    private final String itemSeparator;
    private final String keySeparator;
    private final boolean sort;

    private Json(Budget budget, boolean ascii, String indent, String itemSeparator, String keySeparator, boolean sort) {
        this.budget = budget;
        this.ascii = ascii;
        this.indent = indent;
        this.itemSeparator = itemSeparator;
        this.keySeparator = keySeparator;
        this.sort = sort;
    }

    static String dump(Object value, Args args, Budget budget) {
        Object[] a = args.bind(0, "ensure_ascii", "indent", "separators", "sort_keys");
        String indent = null;
        if (a[1] != Args.MISSING && a[1] != null) {
            indent = a[1] instanceof String s ? s : " ".repeat(Math.max(0, Math.min(1000, Args.integer(a[1], "indent of tojson"))));
        }
        String item = indent == null ? ", " : ",";
        String key = ": ";
        if (a[2] != Args.MISSING && a[2] != null) {
            List<Object> pair = Python.iterate(a[2], budget);
            if (pair.size() != 2) {
                throw new Fault("separators of tojson must be two strings, found " + pair.size() + ".");
            }
            item = Args.string(pair.get(0), "a separator of tojson");
            key = Args.string(pair.get(1), "a separator of tojson");
        }
        Json json = new Json(budget, a[0] != Args.MISSING && Python.truth(a[0]), indent, item, key, a[3] != Args.MISSING && Python.truth(a[3]));
        json.write(value, 0);
        return json.out.toString();
    }

    private void write(Object v, int depth) {
        Budget.depth(depth);
        budget.step();
        budget.make(16);
        if (v == null) {
            out.append("null");
        } else if (v instanceof Boolean || v instanceof Long) {
            out.append(v);
        } else if (v instanceof Double d) {
            out.append(number(d));
        } else if (v instanceof String s) {
            string(s);
        } else if (v instanceof List<?> l) {
            list(l, depth);
        } else if (v instanceof Sequence s && s.kind == Sequence.Kind.TUPLE) {
            list(s.items(), depth);
        } else if (v instanceof Map<?, ?> m) {
            map(m, depth);
        } else if (v instanceof Undefined u) {
            throw new Fault("tojson cannot write an undefined value (" + u.message() + ").");
        } else {
            throw new Fault("tojson cannot write " + Python.type(v) + ".");
        }
    }

    private static String number(double d) {
        return Double.isNaN(d) ? "NaN" : Double.isInfinite(d) ? (d > 0 ? "Infinity" : "-Infinity") : Repr.number(d);
    }

    private void list(List<?> l, int depth) {
        if (l.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append('[');
        boolean first = true;
        for (Object o : l) {
            separate(first, depth + 1);
            first = false;
            write(o, depth + 1);
        }
        newline(depth);
        out.append(']');
    }

    private void map(Map<?, ?> m, int depth) {
        if (m.isEmpty()) {
            out.append("{}");
            return;
        }
        out.append('{');
        boolean first = true;
        List<Object> keys = new ArrayList<>(m.keySet());
        if (sort) {
            keys.sort((a, b) -> Python.compare(a, b, budget));
        }
        for (Object key : keys) {
            separate(first, depth + 1);
            first = false;
            string(key(key));
            out.append(keySeparator);
            write(m.get(key), depth + 1);
        }
        newline(depth);
        out.append('}');
    }

    private static String key(Object key) {
        return key == null ? "null" : key instanceof Double d ? number(d) : key.toString();
    }

    private void separate(boolean first, int depth) {
        if (!first) {
            out.append(itemSeparator);
        }
        newline(depth);
    }

    private void newline(int depth) {
        if (indent != null) {
            budget.make(1L + (long) indent.length() * depth);
            out.append('\n').append(indent.repeat(depth));
        }
    }

    private void string(String s) {
        budget.make(s.length());
        out.append('"');
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20 || (ascii && c > 0x7e)) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
