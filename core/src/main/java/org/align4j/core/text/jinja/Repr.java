package org.align4j.core.text.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;

/** Python's {@code str()} and {@code repr()}. */
final class Repr {
    private Repr() {}

    static String str(Object v, Budget budget) {
        if (v instanceof String s) {
            return s;
        }
        if (v instanceof Values.Markup m) {
            return m.text();
        }
        if (v instanceof Undefined) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        repr(v, out, budget, 0);
        return out.toString();
    }

    static String repr(Object v, Budget budget) {
        StringBuilder out = new StringBuilder();
        repr(v, out, budget, 0);
        return out.toString();
    }

    private static void repr(Object v, StringBuilder out, Budget budget, int depth) {
        Budget.depth(depth);
        budget.step();
        budget.make(16);
        if (v == null) {
            out.append("None");
        } else if (v instanceof Boolean b) {
            out.append(b ? "True" : "False");
        } else if (v instanceof Long) {
            out.append(v);
        } else if (v instanceof Double d) {
            out.append(number(d));
        } else if (v instanceof String s) {
            budget.make(s.length());
            quote(s, out);
        } else if (v instanceof List<?> l) {
            items(l, '[', ']', out, budget, depth);
        } else if (v instanceof Map<?, ?> m) {
            dict(m, out, budget, depth);
        } else if (v instanceof Undefined) {
            out.append("Undefined");
        } else if (v instanceof Sequence s) {
            sequence(s, out, budget, depth);
        } else {
            throw new Fault("printing " + Python.type(v) + " is not supported; a call or '|list' may be missing.");
        }
    }

    private static void sequence(Sequence s, StringBuilder out, Budget budget, int depth) {
        switch (s.kind) {
            case TUPLE -> {
                items(s.items(), '(', ')', out, budget, depth);
                if (s.items().size() == 1) {
                    out.insert(out.length() - 1, ',');
                }
            }
            case KEYS, VALUES, ITEMS -> {
                out.append("dict_").append(s.kind.name().toLowerCase(java.util.Locale.ROOT)).append('(');
                items(s.items(), '[', ']', out, budget, depth);
                out.append(')');
            }
            default -> throw new Fault("printing " + Python.type(s) + " is not supported; '|list' may be missing.");
        }
    }

    private static void items(List<?> l, char open, char close, StringBuilder out, Budget budget, int depth) {
        out.append(open);
        String separator = "";
        for (Object o : l) {
            out.append(separator);
            repr(o, out, budget, depth + 1);
            separator = ", ";
        }
        out.append(close);
    }

    private static void dict(Map<?, ?> m, StringBuilder out, Budget budget, int depth) {
        out.append('{');
        String separator = "";
        for (Map.Entry<?, ?> e : m.entrySet()) {
            out.append(separator);
            repr(e.getKey(), out, budget, depth + 1);
            out.append(": ");
            repr(e.getValue(), out, budget, depth + 1);
            separator = ", ";
        }
        out.append('}');
    }

    static void quote(String s, StringBuilder out) {
        char quote = s.indexOf('\'') >= 0 && s.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        s.codePoints().forEach(c -> {
            if (c == quote || c == '\\') {
                out.append('\\').append((char) c);
            } else if (c == '\n') {
                out.append("\\n");
            } else if (c == '\r') {
                out.append("\\r");
            } else if (c == '\t') {
                out.append("\\t");
            } else if (printable(c)) {
                out.appendCodePoint(c);
            } else {
                out.append(c < 0x100 ? String.format("\\x%02x", c) : c < 0x10000 ? String.format("\\u%04x", c) : String.format("\\U%08x", c));
            }
        });
        out.append(quote);
    }

    private static boolean printable(int c) {
        if (c == ' ') {
            return true;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED,
                    Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }

    /** Shortest digits that give the number back; an exponent below 1e-4 and from 1e16 on. */
    static String number(double d) {
        if (Double.isNaN(d)) {
            return "nan";
        }
        if (Double.isInfinite(d)) {
            return d > 0 ? "inf" : "-inf";
        }
        if (d == 0) {
            return 1 / d < 0 ? "-0.0" : "0.0";
        }
        BigDecimal exact = new BigDecimal(d);
        BigDecimal shortest = exact;
        for (int precision = 1; precision <= 17; precision++) {
            shortest = exact.round(new MathContext(precision, RoundingMode.HALF_EVEN));
            if (shortest.doubleValue() == d) {
                break;
            }
        }
        shortest = shortest.stripTrailingZeros();
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = shortest.toPlainString();
            return plain.indexOf('.') < 0 ? plain + ".0" : plain;
        }
        String digits = shortest.unscaledValue().abs().toString();
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return (d < 0 ? "-" : "") + mantissa + "e" + (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }
}
