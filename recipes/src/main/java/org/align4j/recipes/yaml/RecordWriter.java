package org.align4j.recipes.yaml;

import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Records to canonical YAML: every setting in the order of its record, defaults included, so that decoding gives an equal value back. */
public final class RecordWriter {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z/][A-Za-z0-9_./+-]*( [A-Za-z0-9_./+-]+)*");
    private static final Pattern MEANS_SOMETHING = Pattern.compile("(?i)null|true|false|yes|no|on|off|y|n");

    private RecordWriter() {}

    /** The document, ending in a newline. */
    public static String write(Record value) {
        StringBuilder out = new StringBuilder();
        block(out, tree(value), 0);
        return out.toString();
    }

    /** The value as maps, lists, numbers, truth values, texts and null, as in the document. */
    public static Object tree(Object value) {
        if (value == null || value instanceof Optional<?> o && o.isEmpty()) {
            return null;
        } else if (value instanceof Optional<?> o) {
            return tree(o.get());
        } else if (value instanceof Enum<?> e) {
            return e.name().toLowerCase(Locale.ROOT);
        } else if (value instanceof Path p) {
            return p.toString();
        } else if (value instanceof List<?> list) {
            return list.stream().map(RecordWriter::tree).toList();
        } else if (value instanceof Map<?, ?> map) {
            Map<String, Object> out = new LinkedHashMap<>();
            map.forEach((k, v) -> out.put(k.toString(), tree(v)));
            return out;
        } else if (value.getClass().isAnnotationPresent(TextForm.class)) {
            boolean number = value.getClass().getAnnotation(TextForm.class).json().equals("number");
            return number ? new BigDecimal(value.toString()) : value.toString();
        } else if (value instanceof Record r) {
            return record(r);
        }
        return value;
    }

    /** A record's settings; those of a member of a sealed family under its name, which stands alone where it has none. */
    private static Object record(Record r) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings(r, settings);
        String name = Shape.snake(r.getClass().getSimpleName());
        for (Class<?> i : r.getClass().getInterfaces()) {
            if (i.isSealed()) {
                return settings.isEmpty() && i.isAnnotationPresent(OneWord.class) ? name : Map.of(name, settings);
            }
        }
        return settings;
    }

    private static void settings(Record r, Map<String, Object> out) {
        for (RecordComponent c : Shape.components(r.getClass())) {
            Object v = Shape.get(c, r);
            if (c.isAnnotationPresent(Inline.class)) {
                settings((Record) v, out);
            } else if (!(v instanceof Optional<?> o && o.isEmpty() && r.getClass().isAnnotationPresent(Terse.class))) {
                out.put(Shape.snake(c.getName()), tree(v));
            }
        }
    }

    private static void block(StringBuilder out, Object value, int indent) {
        if (value instanceof Map<?, ?> map) {
            map.forEach((k, v) -> {
                out.append(" ".repeat(indent)).append(text(k.toString())).append(':');
                child(out, v, indent + 2);
            });
        } else if (value instanceof List<?> list) {
            for (Object item : list) {
                out.append(" ".repeat(indent)).append('-');
                child(out, item, indent + 2);
            }
        }
    }

    private static void child(StringBuilder out, Object v, int indent) {
        boolean nested = v instanceof Map<?, ?> m && !m.isEmpty() || v instanceof List<?> l && !l.isEmpty();
        if (nested) {
            out.append('\n');
            block(out, v, indent);
        } else {
            out.append(' ').append(scalar(v)).append('\n');
        }
    }

    private static String scalar(Object v) {
        if (v == null) {
            return "null";
        } else if (v instanceof Map) {
            return "{}";
        } else if (v instanceof List) {
            return "[]";
        } else if (v instanceof Double d) {
            return number(d);
        } else if (v instanceof Number || v instanceof Boolean) {
            return v.toString();
        }
        return text(v.toString());
    }

    /** A double with the fewest digits that read back to it: {@code 0.1}, {@code 2e-5}, {@code 5e-7}. */
    static String number(double d) {
        String s = Double.toString(d);
        int e = s.indexOf('E');
        return e < 0 ? s : s.substring(0, e).replaceAll("\\.0$", "") + "e" + s.substring(e + 1);
    }

    private static String text(String s) {
        boolean plain = PLAIN.matcher(s).matches() && !MEANS_SOMETHING.matcher(s).matches();
        return plain ? s : '"' + escape(s) + '"';
    }

    /** The inside of a double-quoted scalar. */
    static String escape(String s) {
        StringBuilder out = new StringBuilder();
        s.codePoints().forEach(c -> {
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20 || c >= 0x7f && c < 0xa0 || c == 0x2028 || c == 0x2029 || c >= 0xd800 && c < 0xe000 || c >= 0xfffe && c <= 0xffff || c == 0xfeff) {
                        out.append(String.format("\\u%04x", c));
                    } else {
                        out.appendCodePoint(c);
                    }
                }
            }
        });
        return out.toString();
    }
}
